using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Weights;
using Microsoft.ML.OnnxRuntime.Tensors;
using static CodeEmbed.Onnx.Weights.RobertaNames;

namespace CodeEmbed.Onnx.Quantization;

/// <summary>
///   The weights of a RoBERTa encoder with its matrices in 8-bit integers; everything else stays as it was. Made layer by layer, and the
///   memory of a layer is given up when it is done.
/// </summary>
internal sealed unsafe class Int8Weights : IDisposable
{
    private readonly List<Weight> _weights = [];
    private readonly List<NativeBuffer> _buffers = [];
    private readonly bool _signed;

    private Int8Weights(bool signed) => _signed = signed;

    /// <summary>The weights, for <see cref="Graph.RobertaGraph"/>.</summary>
    public IReadOnlyCollection<Weight> All => _weights;

    /// <summary>Quantizes an encoder.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="weights">The weights of the checkpoint, which must live as long as these.</param>
    /// <param name="calibration">The token ids on which the channels that stand out are found.</param>
    /// <param name="signed">Whether the matrices are int8; else they are uint8 around 128, which stands for the same numbers.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static Int8Weights Create(
        RobertaConfig config, IEnumerable<Weight> weights, long[] calibration, bool signed, CancellationToken cancellationToken)
    {
        var quantized = new Int8Weights(signed);
        try
        {
            quantized.Add(config, weights.ToDictionary(weight => weight.Name), calibration, cancellationToken);
            return quantized;
        }
        catch
        {
            quantized.Dispose();
            throw;
        }
    }

    /// <summary>Frees what was made.</summary>
    public void Dispose()
    {
        foreach (NativeBuffer buffer in _buffers)
            buffer.Dispose();
    }

    private void Add(RobertaConfig config, Dictionary<string, Weight> weights, long[] calibration, CancellationToken cancellationToken)
    {
        Weight[] embeddings = [.. EmbeddingShapes(config).Select(entry => weights[entry.Name])];
        _weights.AddRange(embeddings);
        using var observer = new LayerObserver(config, embeddings, calibration, cancellationToken);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            (string First, Weight Weight)[] parts =
                [.. LayerShapes(config, 0).Zip(LayerShapes(config, layer), (first, own) => (first.Name, weights[own.Name]))];
            Add(layer, weights, observer.Next(parts, cancellationToken), cancellationToken);
            foreach ((_, Weight weight) in parts)
                weight.Release();
        }
    }

    private void Add(int layer, Dictionary<string, Weight> weights, float[][] channels, CancellationToken cancellationToken)
    {
        string Part(string name) => InLayer(layer, name);
        Weight Matrix(string name) => weights[Weight(Part(name))];

        float[]? state = Smoothing.Find(channels[0], [Matrix(Query), Matrix(Key), Matrix(Value)]);
        float[]? context = Smoothing.Find(channels[1], [Matrix(AttentionOutput)]);
        float[]? attended = Smoothing.Find(channels[2], [Matrix(Intermediate)]);
        float[]? inner = Smoothing.Find(channels[3], [Matrix(Output)]);

        (string Part, float[]? Factors)[] matrices =
            [(Query, state), (Key, state), (Value, state), (AttentionOutput, context), (Intermediate, attended), (Output, inner)];
        foreach ((string part, float[]? factors) in matrices)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddMatrix(Part(part), Matrix(part), factors);
        }

        foreach (string part in (string[])[Query, Key, Value, AttentionOutput, Intermediate, Output, AttentionNorm, OutputNorm])
            _weights.Add(weights[Bias(Part(part))]);

        foreach (string part in (string[])[AttentionNorm, OutputNorm])
            _weights.Add(weights[Weight(Part(part))]);

        foreach ((string part, float[]? factors) in ((string, float[]?)[])[(Query, state), (AttentionOutput, context), (Intermediate, attended), (Output, inner)])
        {
            if (factors is not null)
                AddFloats(Int8Names.Smoothing(Part(part)), [.. factors.Select(factor => 1 / factor)]);
        }
    }

    private void AddMatrix(string part, Weight matrix, float[]? factors)
    {
        var scales = new float[matrix.Shape[0]];
        byte* integers = Reserve(matrix.Count);
        MatrixQuantizer.Quantize(matrix, factors, _signed, integers, scales);
        _weights.Add(new PlacedWeight(
            matrix.Name, [matrix.Shape[1], matrix.Shape[0]], (nint)integers, isMapped: false, _signed ? TensorElementType.Int8 : TensorElementType.UInt8));
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
