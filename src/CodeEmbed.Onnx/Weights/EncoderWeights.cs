using CodeEmbed.Errors;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Weights;

/// <summary>
///   The weights of an encoder, read from a checkpoint: used in place if they are stored in the form that the graph needs,
///   otherwise converted when they are used. Heads, poolers and buffers in the checkpoint are skipped.
/// </summary>
internal sealed class EncoderWeights : IDisposable
{
    /// <summary>
    ///   How much larger than a checkpoint its weights can be in float32: its smallest type has half as many bits.
    /// </summary>
    private const int LargestGrowth = 2;

    /// <summary>How many bytes expanded weights may take. torch's expand repeats a few bytes of the file many times.</summary>
    private const long RoomForExpanded = 64 * 1024 * 1024;

    private readonly List<Weight> _weights = [];
    private readonly List<(WeightDeclaration Declaration, CheckpointTensor Tensor)> _tensors = [];
    private readonly List<ConvertedWeight> _converted = [];

    private long _room, _roomForExpanded = RoomForExpanded;

    private EncoderWeights(long room) => _room = room;

    /// <summary>
    ///   The weights, in the order in which the model uses them: in float32, except that the word embeddings are as stored in the
    ///   checkpoint. A run uses few of their rows.
    /// </summary>
    public IReadOnlyCollection<Weight> All => _weights;

    /// <summary>The checkpoint's tensors, in the same order, with the model's declarations.</summary>
    public IReadOnlyCollection<(WeightDeclaration Declaration, CheckpointTensor Tensor)> Tensors => _tensors;

    /// <summary>Reads the weights from a checkpoint, which must stay open as long as they are used.</summary>
    /// <exception cref="ModelFormatException">A weight is missing, or its shape or type is wrong.</exception>
    public static EncoderWeights Load(Checkpoint checkpoint, Encoder encoder, CancellationToken cancellationToken)
    {
        var weights = new EncoderWeights(LargestGrowth * checkpoint.Length);
        try
        {
            var names = new CheckpointNames(
                checkpoint, DeclaringNet.DeclareEmbeddings(encoder).Weights[0].Name, encoder.Prefixes);
            IEnumerable<WeightDeclaration> declarations = DeclaringNet.DeclareAll(encoder).SelectMany(part => part.Weights);
            foreach (WeightDeclaration declaration in declarations.DistinctBy(declaration => declaration.Name))
            {
                cancellationToken.ThrowIfCancellationRequested();
                weights.Add(declaration, names.Find(declaration.Name));
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The weights in <see cref="All"/>, but with the word embeddings in float32 too.</summary>
    public IReadOnlyCollection<Weight> WithWordsInFloat32() =>
    [
        .. _weights.Zip(
            _tensors,
            (weight, entry) => weight.Type == TensorElementType.Float ? weight : Convert(entry.Declaration.Name, entry.Tensor)),
    ];

    /// <summary>All weights in float16, each converted when it is used; numbers that it cannot hold become infinite.</summary>
    public IReadOnlyCollection<Weight> InFloat16() =>
    [
        .. _weights.Zip(
            _tensors,
            (weight, entry) => weight.Type == TensorElementType.Float16
                ? weight
                : new HalfWeight(entry.Declaration.Name, entry.Tensor)),
    ];

    /// <summary>Frees the converted weights.</summary>
    public void Dispose()
    {
        foreach (ConvertedWeight weight in _converted)
            weight.Dispose();
    }

    private void Add(WeightDeclaration declaration, CheckpointTensor tensor)
    {
        if (!tensor.Shape.SequenceEqual(declaration.Shape))
        {
            throw new ModelFormatException(
                $"the weight {MessageText.Quote(tensor.Name)} has the shape "
                + $"[{MessageText.Shorten(string.Join(", ", tensor.Shape))}], and by config.json it must be "
                + $"[{string.Join(", ", declaration.Shape)}].");
        }

        if (!TensorConverter.CanConvert(tensor.Type))
        {
            throw new ModelFormatException(
                $"the weight {MessageText.Quote(tensor.Name)} is stored as {MessageText.Shorten(tensor.Type.Name)}; supported: "
                + "F64, F32, F16, BF16.");
        }

        // Each takes its own memory, here or in the session, even if a small file has the same bytes for many of them.
        if (tensor.IsExpanded)
            _roomForExpanded -= sizeof(float) * tensor.Count;
        else
            _room -= sizeof(float) * tensor.Count;

        if (_room < 0 || _roomForExpanded < 0)
        {
            throw new ModelFormatException(
                $"the weight {MessageText.Quote(tensor.Name)} and those before it take more than {tensor.File.Name} holds: "
                + "several share the same bytes. Save each weight separately.");
        }

        _weights.Add(Place(declaration, tensor));
        _tensors.Add((declaration, tensor));
    }

    private Weight Place(WeightDeclaration declaration, CheckpointTensor tensor)
    {
        TensorElementType type = tensor.Type == ElementType.Float16 ? TensorElementType.Float16
            : tensor.Type == ElementType.BFloat16 ? TensorElementType.BFloat16
            : TensorElementType.Float;
        bool keepsType = tensor.Type == ElementType.Float32
            || (type != TensorElementType.Float && declaration.Role == WeightRole.Words);
        return tensor.IsUsableInPlace && keepsType
            ? new PlacedWeight(declaration.Name, tensor.Shape, tensor.Address, isMapped: true, type)
            : Convert(declaration.Name, tensor);
    }

    private ConvertedWeight Convert(string name, CheckpointTensor tensor)
    {
        var weight = new ConvertedWeight(name, tensor);
        _converted.Add(weight);
        return weight;
    }
}
