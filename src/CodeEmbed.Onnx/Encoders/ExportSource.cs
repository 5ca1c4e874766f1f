using System.Text;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Weights;
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
    /// <exception cref="ModelFormatException">config.json is not what it should be, or the graph is too large.</exception>
    public static ExportSource? Find(ModelFolder folder)
    {
        if (Places.Select(folder.Find).FirstOrDefault(found => found is not null) is not { } path)
            return null;

        // No message of Protocol Buffers, which a graph is, may be larger.
        return new FileInfo(path).Length <= int.MaxValue
            ? new ExportSource(path, ConfigSummary.Read(folder))
            : throw new ModelFormatException($"{FileName} is larger than 2 GiB, which no ONNX graph may be. Export the model with its weights in files beside the graph.");
    }

    /// <inheritdoc/>
    public string Describe() => _config.CountsPositionsFromPadding ? Invariant($"ONNX export; positions from padding {_config.PaddingId}") : "ONNX export";

    /// <inheritdoc/>
    public void VisitParameters(Action<string> takeName, BytesVisitor takeBytes, CancellationToken cancellationToken)
    {
        Visit(_path, FileName, takeName, takeBytes, cancellationToken);
        foreach ((string path, string name) in FindData())
            Visit(path, name, takeName, takeBytes, cancellationToken);
    }

    /// <inheritdoc/>
    public IEncoder Create(ExecutionProvider provider, CancellationToken cancellationToken) =>
        ExportedEncoder.Create(_path, _config, provider, cancellationToken);

    /// <inheritdoc/>
    public IEncoder CreateInt8(long[] calibration, CancellationToken cancellationToken) => throw new ModelFormatException(
        "the precision Int8 needs a checkpoint (safetensors or pytorch_model.bin), and this model is an ONNX export. Use -Precision Float32.");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static void Visit(string path, string name, Action<string> takeName, BytesVisitor takeBytes, CancellationToken cancellationToken)
    {
        takeName(name);
        byte[] buffer = new byte[1 << 20];
        using FileStream stream = File.OpenRead(path);
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            cancellationToken.ThrowIfCancellationRequested();
            takeBytes(buffer.AsSpan(0, read));
        }
    }

    /// <summary>The files of external data: those beside the graph whose paths stand in it.</summary>
    private List<(string Path, string Name)> FindData()
    {
        string folder = Path.GetDirectoryName(_path)!;
        using var graph = new MappedFile(_path);

        ReadOnlySpan<byte> bytes = graph.Bytes(0, checked((int)graph.Length));
        var found = new List<(string, string)>();
        foreach (string path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(path => path != _path).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(folder, path).Replace('\\', '/');
            if (bytes.IndexOf(Encoding.UTF8.GetBytes(name)) >= 0)
                found.Add((path, name));
        }

        return found;
    }
}
