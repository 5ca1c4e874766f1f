using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Sessions;
using static System.FormattableString;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>An encoder that was exported to ONNX, with its weights in the file or in files beside it.</summary>
internal sealed class ExportSource : IEncoderSource
{
    private const string FileName = "model.onnx";

    private static readonly string[] Places = [FileName, $"onnx/{FileName}"];

    private readonly string _path;
    private readonly ConfigSummary _config;

    private ExportSource(string path, ConfigSummary config)
    {
        _path = path;
        _config = config;
    }

    /// <inheritdoc/>
    public int? MaxLength => _config.MaxLength;

    /// <inheritdoc/>
    public int? VocabularySize => null;

    /// <summary>The export of a model folder, or <see langword="null"/> where it has none.</summary>
    /// <exception cref="ModelFormatException">config.json is not what it should be.</exception>
    public static ExportSource? Find(ModelFolder folder) =>
        Places.Select(folder.Find).FirstOrDefault(found => found is not null) is { } path ? new ExportSource(path, ConfigSummary.Read(folder)) : null;

    /// <inheritdoc/>
    public string Describe() => _config.CountsPositionsFromPadding ? Invariant($"ONNX export; positions from padding {_config.PaddingId}") : "ONNX export";

    /// <inheritdoc/>
    public void VisitParameters(Action<string> takeName, ParameterVisitor takeBytes, CancellationToken cancellationToken)
    {
        // External data lies beside the graph, in files whose names begin with the graph's: model.onnx_data, model.onnx.data.
        string folder = Path.GetDirectoryName(_path)!;
        byte[] buffer = new byte[1 << 20];
        foreach (string file in Directory.GetFiles(folder, FileName + "*").Order(StringComparer.Ordinal))
        {
            takeName(Path.GetFileName(file));
            using FileStream stream = File.OpenRead(file);
            for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
            {
                cancellationToken.ThrowIfCancellationRequested();
                takeBytes(buffer.AsSpan(0, read));
            }
        }
    }

    /// <inheritdoc/>
    public IEncoder Create(ExecutionProvider provider, CancellationToken cancellationToken) =>
        ExportedEncoder.Create(_path, _config, provider, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
