using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tensors;
using static System.FormattableString;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>An encoder that was exported to ONNX, with its weights in the same file or in files next to it.</summary>
internal sealed class ExportSource : IEncoderSource
{
    private readonly string _path;
    private readonly List<(string Path, string Name)> _data;
    private readonly ConfigSummary _config;

    private ExportSource(string path, List<(string Path, string Name)> data, ConfigSummary config)
    {
        _path = path;
        _data = data;
        _config = config;
    }

    /// <inheritdoc/>
    public int? MaxLength => _config.MaxLength;

    /// <inheritdoc/>
    public int? VocabularySize => null;

    /// <summary>Determines whether a model folder has an export.</summary>
    public static bool IsIn(ModelFolder folder) => WeightFiles.Exports.Any(name => folder.Find(name) is not null);

    /// <summary>Opens the export of a model folder, which must have one.</summary>
    /// <exception cref="ModelFormatException">config.json or the graph is not valid.</exception>
    public static ExportSource Open(ModelFolder folder)
    {
        string path = WeightFiles.Exports.Select(folder.Find).First(found => found is not null)!;
        return new ExportSource(path, GraphFile.FindData(path), ConfigSummary.Read(folder));
    }

    /// <inheritdoc/>
    public string Describe() =>
        _config.PaddingId is { } padding ? Invariant($"ONNX export; positions from padding {padding}") : "ONNX export";

    /// <inheritdoc/>
    public void VisitParameters(Action<string> takeName, BytesVisitor takeBytes, CancellationToken cancellationToken)
    {
        Visit(_path, Path.GetFileName(_path), takeName, takeBytes, cancellationToken);
        foreach ((string path, string name) in _data)
            Visit(path, name, takeName, takeBytes, cancellationToken);
    }

    /// <inheritdoc/>
    public IEncoder Create(ExecutionProvider provider, CancellationToken cancellationToken) =>
        ExportedEncoder.Create(_path, _config, provider, cancellationToken);

    /// <inheritdoc/>
    public IPaddedBatchEncoder? CreateForPaddedBatches(
        ExecutionProvider provider,
        EmbeddingPooling pooling,
        EmbeddingPrecision precision,
        CancellationToken cancellationToken)
    {
        if (precision != EmbeddingPrecision.Float32)
        {
            throw new EmbeddingOptionException(
                nameof(EmbeddingServiceOptions.Precision),
                $"{precision}",
                "needs a checkpoint (safetensors or pytorch_model.bin), and this model is an ONNX export.",
                "Use the precision Float32.");
        }

        ExportedEncoder encoder = ExportedEncoder.Create(_path, _config, provider, cancellationToken);
        if (encoder.TakesPaddedBatches)
            return new ExportedPaddedBatchEncoder(encoder);

        encoder.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public Int8Encoder CreateInt8(long[] calibration, CancellationToken cancellationToken) => throw new EmbeddingOptionException(
        nameof(EmbeddingServiceOptions.Precision),
        "Int8",
        "needs a checkpoint (safetensors or pytorch_model.bin), and this model is an ONNX export.",
        "Use the precision Float32.");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static void Visit(
        string path, string name, Action<string> takeName, BytesVisitor takeBytes, CancellationToken cancellationToken)
    {
        takeName(name);
        byte[] buffer = new byte[1 << 20];
        using var stream = new FileStream(RegularFile.Open(path), FileAccess.Read, bufferSize: 0);
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            cancellationToken.ThrowIfCancellationRequested();
            takeBytes(buffer.AsSpan(0, read));
        }
    }
}
