using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>The output of an encoder, in float32: the last hidden state of each token, or a vector.</summary>
internal sealed class EncoderOutput : IDisposable
{
    private readonly OrtValue? _value;
    private readonly float[] _vector = [];

    /// <summary>Wraps an output of ONNX Runtime, which is freed with this object.</summary>
    /// <param name="value">Float32; its last dimension is the width.</param>
    public EncoderOutput(OrtValue value) => (_value, Width) = (value, (int)value.GetTensorTypeAndShape().Shape[^1]);

    /// <summary>Wraps a vector.</summary>
    public EncoderOutput(float[] vector) => (_vector, Width) = (vector, vector.Length);

    /// <summary>
    ///   How many rows each sequence has, including padding; <see langword="null"/> if it has one for each token.
    /// </summary>
    public int? RowsPerSequence { get; init; }

    /// <summary>The length of a row.</summary>
    public int Width { get; }

    /// <summary>The numbers, row by row. They are not valid after this is disposed.</summary>
    public ReadOnlySpan<float> Values => _value is null ? _vector : _value.GetTensorDataAsSpan<float>();

    /// <inheritdoc/>
    public void Dispose() => _value?.Dispose();
}
