using CodeEmbed.Onnx.Architectures;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Quantization;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tensors;
using CodeEmbed.Onnx.Weights;
using Microsoft.ML.OnnxRuntime.Tensors;
using static System.FormattableString;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>An encoder from a PyTorch checkpoint.</summary>
internal sealed class CheckpointSource : IEncoderSource
{
    private readonly Encoder _encoder;
    private readonly string _description;
    private readonly Checkpoint _checkpoint;
    private readonly EncoderWeights _weights;
    private Int8Weights? _int8;

    private CheckpointSource(Encoder encoder, string description, Checkpoint checkpoint, EncoderWeights weights)
    {
        _encoder = encoder;
        _description = description;
        _checkpoint = checkpoint;
        _weights = weights;
    }

    /// <inheritdoc/>
    public int? MaxLength => _encoder.MaxLength;

    /// <inheritdoc/>
    public int? VocabularySize => _encoder.VocabularySize;

    /// <inheritdoc/>
    public bool PoolsAsAsked => true;

    /// <summary>Opens the checkpoint.</summary>
    /// <param name="folder">The folder of the encoder.</param>
    /// <param name="length">
    ///   How many tokens the model sees by its sentence-transformers files; <see langword="null"/> if they do not say.
    /// </param>
    /// <param name="cancellationToken">Stops the reading of the weights.</param>
    /// <exception cref="ModelFormatException">A file is missing or not valid.</exception>
    public static CheckpointSource Open(ModelFolder folder, int? length, CancellationToken cancellationToken)
    {
        Checkpoint? checkpoint = null;
        try
        {
            (Encoder encoder, string description) = ReadConfig(
                folder, length, () => (checkpoint ??= Checkpoint.Open(folder)).Tensors.Keys);
            checkpoint ??= Checkpoint.Open(folder);
            return new CheckpointSource(
                encoder, description, checkpoint, EncoderWeights.Load(checkpoint, encoder, cancellationToken));
        }
        catch
        {
            checkpoint?.Dispose();
            throw;
        }
    }

    /// <summary>Reads the config.json of a model.</summary>
    /// <param name="folder">The folder of the model.</param>
    /// <param name="length">
    ///   How many tokens the model sees by its sentence-transformers files; <see langword="null"/> if they do not say.
    /// </param>
    /// <param name="weights">Returns the names of its weights, in case the file does not say enough.</param>
    /// <returns>The encoder, and the values that affect the numbers, as text for the fingerprint.</returns>
    /// <exception cref="ModelFormatException">A value is missing or not supported; the message names it.</exception>
    public static (Encoder Encoder, string Description) ReadConfig(
        ModelFolder folder, int? length, Func<IEnumerable<string>> weights) =>
        JsonFile.ReadObject(folder.Require(ModelFileNames.Config), root =>
        {
            var config = new ConfigReader(root, weights, length);
            return (Architecture.Find(config).Configure(config), config.Description);
        });

    /// <inheritdoc/>
    public string Describe() => _description;

    /// <inheritdoc/>
    public void VisitParameters(Action<string> takeName, BytesVisitor takeBytes, CancellationToken cancellationToken)
    {
        foreach ((WeightDeclaration declaration, CheckpointTensor tensor) in _weights.Tensors)
        {
            takeName(Invariant($"{declaration.Name} [{string.Join(", ", tensor.Shape)}]"));
            TensorConverter.ForEachPiece(tensor, piece =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                takeBytes(piece);
            });
            if (!IsReadLater(declaration))
                tensor.ReleasePages();
        }
    }

    /// <inheritdoc/>
    public IEncoder Create(ExecutionProvider provider, CancellationToken cancellationToken)
    {
        // Other devices may not be able to read 16-bit word embeddings.
        IReadOnlyCollection<Weight> weights = provider.UsesProcessorMemory ? _weights.All : _weights.WithWordsInFloat32();
        CheckpointEncoder encoder = CheckpointEncoder.Create(_encoder, weights, provider, cancellationToken);

        // ONNX Runtime has repacked the matrices; the rest is small, and is loaded again when it is read.
        foreach ((Weight weight, (WeightDeclaration declaration, _)) in weights.Zip(_weights.Tensors))
        {
            if (!IsReadLater(declaration))
                weight.ReleasePages();
        }

        return encoder;
    }

    /// <inheritdoc/>
    public IPaddedBatchEncoder CreateForPaddedBatches(
        ExecutionProvider provider,
        EmbeddingPooling pooling,
        EmbeddingPrecision precision,
        CancellationToken cancellationToken)
    {
        (IReadOnlyCollection<Weight> weights, TensorElementType type) = precision == EmbeddingPrecision.Float16
            ? (_weights.InFloat16(), TensorElementType.Float16)
            : (_weights.WithWordsInFloat32(), TensorElementType.Float);
        return PaddedBatchEncoder.Create(_encoder, weights, type, pooling, provider, cancellationToken);
    }

    /// <inheritdoc/>
    public Int8Encoder CreateInt8(long[] calibration, CancellationToken cancellationToken)
    {
        if (_int8 is not null)
            throw new InvalidOperationException("An int8 encoder can be created only once.");

        _int8 = Int8Weights.Create(_encoder, _weights.All, calibration, Int8Instructions.Current.Signed, cancellationToken);
        return new Int8Encoder(
            CheckpointEncoder.Create(_encoder, _int8.All, ExecutionProvider.Cpu, cancellationToken), _int8.CalibrationState);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _int8?.Dispose();
        _weights.Dispose();
        _checkpoint.Dispose();
    }

    /// <summary>
    ///   Whether a weight's pages stay in memory: the rows of words are read as tokens occur, and memory that grew with them
    ///   would look like a leak.
    /// </summary>
    private static bool IsReadLater(WeightDeclaration declaration) => declaration.Role == WeightRole.Words;
}
