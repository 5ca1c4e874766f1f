using CodeEmbed.Onnx.Quantization;
using CodeEmbed.Onnx.Tensors;
using CodeEmbed.Onnx.Weights;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Matrices in 8-bit integers, and the factors of their channels, compared with values computed by hand.</summary>
public sealed unsafe class MatrixQuantizerTests : IDisposable
{
    private readonly List<NativeBuffer> _buffers = [];

    public void Dispose()
    {
        foreach (NativeBuffer buffer in _buffers)
            buffer.Dispose();
    }

    [Fact]
    public void Each_output_has_its_own_scale_and_the_matrix_is_transposed()
    {
        (byte[] integers, float[] scales) = Quantize([127, -50, 0.4f, 2, 1, -4], outputs: 2, factors: null, signed: true);

        Assert.Equal([127, 64, -50, 32, 0, -127], integers.Select(value => (int)(sbyte)value));
        Assert.Equal([1f, 4f / 127], scales);
    }

    [Fact]
    public void As_uint8_they_are_128_more()
    {
        (byte[] integers, _) = Quantize([127, -50, 0.4f, 2, 1, -4], outputs: 2, factors: null, signed: false);

        Assert.Equal([255, 192, 78, 160, 128, 1], integers.Select(value => (int)value));
    }

    [Fact]
    public void Factors_multiply_the_channels_first()
    {
        (byte[] integers, float[] scales) = Quantize([1, 127], outputs: 1, factors: [8, 0.5f], signed: true);

        Assert.Equal([16, 127], integers.Select(value => (int)(sbyte)value));
        Assert.Equal([0.5f], scales);
    }

    [Fact]
    public void An_output_of_zeros_stays_zero()
    {
        (byte[] integers, float[] scales) = Quantize([0, 0], outputs: 1, factors: null, signed: true);

        Assert.Equal([0, 0], integers.Select(value => (int)(sbyte)value));
        Assert.Equal([0f], scales);
    }

    [Fact]
    public void A_channel_that_is_64_times_the_others_is_divided_by_8()
    {
        Assert.Equal(
            [1f, 8, 1, 1, 1, 1, 1, 1], Smoothing.Find([1, 64, 1, 1, 1, 1, 1, 1], [Matrix([1, 1, 1, 1, 1, 1, 1, 1], 1)])!);
    }

    [Fact]
    public void Weights_that_are_64_times_the_others_are_divided_by_8()
    {
        Assert.Equal(
            [1f, 1, 1, 1, 1, 1, 1, 0.125f], Smoothing.Find([1, 1, 1, 1, 1, 1, 1, 1], [Matrix([1, 1, 1, 1, 1, 1, 1, 64], 1)])!);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1.9f)]
    [InlineData(0)]
    public void Without_an_outlier_channel_there_are_no_factors(float channel)
    {
        Assert.Null(Smoothing.Find([1, channel, 1, 1, 1, 1, 1, 1], [Matrix([1, 1, 1, 1, 1, 1, 1, 1], 1)]));
    }

    private PlacedWeight Matrix(float[] values, int outputs)
    {
        var buffer = new NativeBuffer(values.Length * sizeof(float));
        _buffers.Add(buffer);
        values.CopyTo(new Span<float>((void*)buffer.Address, values.Length));
        return new PlacedWeight("matrix", [outputs, values.Length / outputs], buffer.Address, isMapped: false);
    }

    private (byte[] Integers, float[] Scales) Quantize(float[] values, int outputs, float[]? factors, bool signed)
    {
        var integers = new byte[values.Length];
        var scales = new float[outputs];
        fixed (byte* target = integers)
            MatrixQuantizer.Quantize(Matrix(values, outputs), factors, signed, target, scales);

        return (integers, scales);
    }
}
