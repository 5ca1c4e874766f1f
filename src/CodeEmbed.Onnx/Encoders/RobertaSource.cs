using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Quantization;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Weights;
using static System.FormattableString;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>A RoBERTa encoder from a checkpoint of PyTorch's.</summary>
internal sealed class RobertaSource : IEncoderSource
{
    private readonly RobertaConfig _config;
    private readonly Checkpoint _checkpoint;
    private readonly RobertaWeights _weights;
    private Int8Weights? _int8;

    private RobertaSource(RobertaConfig config, Checkpoint checkpoint, RobertaWeights weights)
    {
        _config = config;
        _checkpoint = checkpoint;
        _weights = weights;
    }

    /// <inheritdoc/>
    public int? MaxLength => _config.MaxLength;

    /// <inheritdoc/>
    public int? VocabularySize => _config.VocabularySize;

    /// <summary>Opens the checkpoint.</summary>
    /// <exception cref="ModelFormatException">A file is missing or is not what it should be.</exception>
    public static RobertaSource Open(ModelFolder folder, CancellationToken cancellationToken)
    {
        RobertaConfig config = RobertaConfig.Read(folder);
        Checkpoint checkpoint = Checkpoint.Open(folder);
        try
        {
            return new RobertaSource(config, checkpoint, RobertaWeights.Load(checkpoint, config, cancellationToken));
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Describe() => Invariant(
        $"heads {_config.AttentionHeads}; padding {_config.PaddingId}; epsilon {BitConverter.SingleToInt32Bits(_config.LayerNormEpsilon)}");

    /// <inheritdoc/>
    public void VisitParameters(Action<string> takeName, BytesVisitor takeBytes, CancellationToken cancellationToken)
    {
        foreach ((string name, CheckpointTensor tensor) in _weights.Tensors)
        {
            takeName(Invariant($"{name} [{string.Join(", ", tensor.Shape)}]"));
            TensorConverter.ForEachPiece(tensor, piece =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                takeBytes(piece);
            });
            if (!IsReadLater(name))
                tensor.ReleasePages();
        }
    }

    /// <inheritdoc/>
    public IEncoder Create(ExecutionProvider provider, CancellationToken cancellationToken)
    {
        // Other devices are not known to read words of 16 bits.
        IReadOnlyCollection<Weight> weights = provider.UsesProcessorMemory ? _weights.All : _weights.WithWordsInFloat32();
        RobertaEncoder encoder = RobertaEncoder.Create(_config, weights, provider, cancellationToken);

        // ONNX Runtime has repacked the matrices; the rest is little, and comes back when it is read.
        foreach (Weight weight in weights.Where(weight => !IsReadLater(weight.Name)))
            weight.ReleasePages();

        return encoder;
    }

    /// <inheritdoc/>
    public IEncoder CreateInt8(long[] calibration, CancellationToken cancellationToken)
    {
        if (_int8 is not null)
            throw new InvalidOperationException("It makes one encoder in int8.");

        _int8 = Int8Weights.Create(_config, _weights.All, calibration, Int8Instructions.Current.Signed, cancellationToken);
        return RobertaEncoder.Create(_config, _int8.All, ExecutionProvider.Cpu, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _int8?.Dispose();
        _weights.Dispose();
        _checkpoint.Dispose();
    }

    /// <summary>Whether a weight's pages stay: the words' rows are read as tokens come, and memory that grew with them would look like a leak.</summary>
    private static bool IsReadLater(string name) => name == RobertaNames.WordEmbeddings;
}
