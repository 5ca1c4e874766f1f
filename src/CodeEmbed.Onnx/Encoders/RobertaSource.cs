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
    public void VisitParameters(Action<string> takeName, ParameterVisitor takeBytes, CancellationToken cancellationToken)
    {
        foreach (Weight weight in _weights.All)
        {
            takeName(Invariant($"{weight.Name} [{string.Join(", ", weight.Shape)}]"));
            weight.ForEachPiece(piece =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                takeBytes(piece);
            });
            Release(weight);
        }
    }

    /// <inheritdoc/>
    public IEncoder Create(ExecutionProvider provider, CancellationToken cancellationToken)
    {
        RobertaEncoder encoder = RobertaEncoder.Create(_config, _weights.All, provider, cancellationToken);

        foreach (Weight weight in _weights.All)
            Release(weight);

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

    /// <summary>
    ///   Gives up the pages of what ONNX Runtime repacks. The words' rows stay: they are read as tokens come, and memory that grew with
    ///   them would look like a leak.
    /// </summary>
    private static void Release(Weight weight)
    {
        if (weight.Name != RobertaNames.WordEmbeddings)
            weight.ReleasePages();
    }
}
