using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.Tensors;
using CodeEmbed.Onnx.Weights;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Quantization;

/// <summary>
///   The weights of an encoder with the matrices of its layers in 8-bit integers; everything else is unchanged. Created layer
///   by layer; a layer's memory is released when it is done.
/// </summary>
internal sealed unsafe class Int8Weights : IDisposable
{
    private readonly List<Weight> _weights = [];
    private readonly List<NativeBuffer> _buffers = [];
    private readonly bool _signed;

    private Int8Weights(bool signed) => _signed = signed;

    /// <summary>The weights, for <see cref="EncoderGraph"/>.</summary>
    public IReadOnlyCollection<Weight> All => _weights;

    /// <summary>The encoder's float32 output for the calibration, [tokens, hidden].</summary>
    public float[] CalibrationState { get; private set; } = [];

    /// <summary>Quantizes an encoder.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="weights">The weights of the checkpoint, which must live as long as these.</param>
    /// <param name="calibration">The token ids on which the outlier channels are found.</param>
    /// <param name="signed">
    ///   Whether the matrices are int8; else they are uint8 around 128, which represents the same numbers.
    /// </param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static Int8Weights Create(
        Encoder encoder, IEnumerable<Weight> weights, long[] calibration, bool signed, CancellationToken cancellationToken)
    {
        var quantized = new Int8Weights(signed);
        try
        {
            quantized.Add(encoder, weights.ToDictionary(weight => weight.Name), calibration, cancellationToken);
            return quantized;
        }
        catch
        {
            quantized.Dispose();
            throw;
        }
    }

    /// <summary>Frees the quantized weights.</summary>
    public void Dispose()
    {
        foreach (NativeBuffer buffer in _buffers)
            buffer.Dispose();
    }

    private void Add(Encoder encoder, Dictionary<string, Weight> weights, long[] calibration, CancellationToken cancellationToken)
    {
        Weight[] embeddings = [.. DeclaringNet.DeclareEmbeddings(encoder).Weights.Select(weight => weights[weight.Name])];
        _weights.AddRange(embeddings);
        var shared = new HashSet<Weight>();
        using var observer = new LayerObserver(encoder, embeddings, calibration, cancellationToken);
        for (int layer = 0; layer < encoder.LayerCount; layer++)
        {
            PartDeclaration declaration = DeclaringNet.DeclareLayer(encoder, layer);
            Weight[] ofLayer = [.. declaration.Weights.Select(weight => weights[weight.Name])];
            float[][] channels = observer.Next(layer, declaration, ofLayer, cancellationToken);
            var matrices = new HashSet<string>();
            foreach ((IReadOnlyList<string> group, float[] observed) in declaration.LinearGroups.Zip(channels))
            {
                Add(group, weights, observed, cancellationToken);
                matrices.UnionWith(group.Select(WeightDeclaration.Weight));
            }

            IEnumerable<Weight> sharedByLayers = declaration.Weights.Zip(ofLayer)
                .Where(entry => entry.First.Role == WeightRole.Shared).Select(entry => entry.Second);
            _weights.AddRange(ofLayer.Where(weight => !matrices.Contains(weight.Name) && !shared.Contains(weight)));
            shared.UnionWith(sharedByLayers);
            foreach (Weight weight in ofLayer.Where(weight => !shared.Contains(weight)))
                weight.Release();
        }

        CalibrationState = observer.CopyState();
    }

    /// <summary>Quantizes the matrices of linear parts that share an input.</summary>
    private void Add(
        IReadOnlyList<string> group, Dictionary<string, Weight> weights, float[] channels, CancellationToken cancellationToken)
    {
        float[]? factors = Smoothing.Find(channels, group.Select(part => weights[WeightDeclaration.Weight(part)]));
        foreach (string part in group)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddMatrix(part, weights[WeightDeclaration.Weight(part)], factors);
        }

        if (factors is not null)
            AddFloats(Int8Names.Smoothing(group[0]), [.. factors.Select(factor => 1 / factor)]);
    }

    private void AddMatrix(string part, Weight matrix, float[]? factors)
    {
        var scales = new float[matrix.Shape[0]];
        byte* integers = Reserve(matrix.Count);
        MatrixQuantizer.Quantize(matrix, factors, _signed, integers, scales);
        _weights.Add(new PlacedWeight(
            matrix.Name,
            [matrix.Shape[1], matrix.Shape[0]],
            (nint)integers,
            isMapped: false,
            _signed ? TensorElementType.Int8 : TensorElementType.UInt8));
        AddFloats(Int8Names.Scales(part), scales);
    }

    private void AddFloats(string name, float[] values)
    {
        byte* target = Reserve(values.Length * sizeof(float));
        values.CopyTo(new Span<float>(target, values.Length));
        _weights.Add(new PlacedWeight(name, [values.Length], (nint)target, isMapped: false));
    }

    private byte* Reserve(long length)
    {
        var buffer = new NativeBuffer(length);
        _buffers.Add(buffer);
        return (byte*)buffer.Address;
    }
}
