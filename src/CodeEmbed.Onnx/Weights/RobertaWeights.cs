using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Weights;

/// <summary>
///   The weights of a RoBERTa encoder, taken from a checkpoint: used where they lie if they lie as the graph wants them,
///   else copied once. Heads, poolers and buffers in the checkpoint are passed over.
/// </summary>
internal sealed unsafe class RobertaWeights : IDisposable
{
    /// <summary>What a model with a head puts before the names of its encoder.</summary>
    private const string Prefix = "roberta.";

    /// <summary>How much larger than a checkpoint its weights can be in float32: its smallest type has half as many bits.</summary>
    private const int LargestGrowth = 2;

    private readonly List<Weight> _weights = [];
    private readonly List<NativeBuffer> _copies = [];

    private long _room;

    private RobertaWeights(long room) => _room = room;

    /// <summary>The weights, in the order in which the model uses them.</summary>
    public IReadOnlyCollection<Weight> All => _weights;

    /// <summary>Takes the weights from a checkpoint, which must stay open as long as they are used.</summary>
    /// <exception cref="ModelFormatException">A weight is missing, or its shape or type is not what it must be.</exception>
    public static RobertaWeights Load(Checkpoint checkpoint, RobertaConfig config, CancellationToken cancellationToken)
    {
        var weights = new RobertaWeights(LargestGrowth * checkpoint.Length);
        try
        {
            string prefix = checkpoint.Tensors.ContainsKey(Prefix + RobertaNames.WordEmbeddings) ? Prefix : string.Empty;
            foreach ((string name, long[] shape) in RobertaNames.Shapes(config))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!checkpoint.Tensors.TryGetValue(prefix + name, out CheckpointTensor? tensor))
                    throw new ModelFormatException($"the weight '{prefix + name}' is missing.");

                weights.Add(name, shape, tensor);
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Frees the copies.</summary>
    public void Dispose()
    {
        foreach (NativeBuffer copy in _copies)
            copy.Dispose();
    }

    private void Add(string name, long[] shape, CheckpointTensor tensor)
    {
        if (!tensor.Shape.SequenceEqual(shape))
        {
            throw new ModelFormatException(
                $"the weight '{tensor.Name}' has the shape [{string.Join(", ", tensor.Shape)}], and by config.json it must be [{string.Join(", ", shape)}].");
        }

        if (!TensorConverter.CanConvert(tensor.Type))
            throw new ModelFormatException($"the weight '{tensor.Name}' is stored as {tensor.Type.Name}; known are F32, F16 and BF16.");

        // Each takes memory of its own, here or in the session, also where a small file gives many of them the same bytes.
        _room -= sizeof(float) * tensor.Count;
        if (_room < 0)
            throw new ModelFormatException($"the weight '{tensor.Name}' and those before it take more than {tensor.File.Name} holds: several are the same bytes. Save each weight on its own.");

        _weights.Add(Place(name, shape, tensor));
    }

    private Weight Place(string name, long[] shape, CheckpointTensor tensor)
    {
        var lies = (nint)tensor.File.Address(tensor.Offset, 0);
        if (tensor.Type == ElementType.Float32 && tensor.IsContiguous && lies % sizeof(float) == 0)
            return new Weight(name, shape, lies, IsMapped: true);

        var copy = new NativeBuffer(shape.Aggregate((long)sizeof(float), (product, size) => product * size));
        _copies.Add(copy);
        TensorConverter.Copy(tensor, (float*)copy.Address);
        return new Weight(name, shape, copy.Address, IsMapped: false);
    }
}
