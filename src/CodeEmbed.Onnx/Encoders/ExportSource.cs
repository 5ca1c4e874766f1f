using System.Text.Json;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Sessions;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>An encoder that was exported to ONNX, with its weights in the file or in files beside it.</summary>
internal sealed class ExportSource : IEncoderSource
{
    private const string ConfigName = "config.json", FileName = "model.onnx";

    private static readonly string[] Places = [FileName, $"onnx/{FileName}"];

    private readonly string _path;
    private readonly int _firstPosition, _paddingId;

    private ExportSource(string path, int? maxLength, int firstPosition, int paddingId)
    {
        _path = path;
        _firstPosition = firstPosition;
        _paddingId = paddingId;
        MaxLength = maxLength;
    }

    /// <inheritdoc/>
    public int? MaxLength { get; }

    /// <inheritdoc/>
    public int? VocabularySize => null;

    /// <summary>The export of a model folder, or <see langword="null"/> where it has none.</summary>
    /// <exception cref="ModelFormatException">config.json is not what it should be.</exception>
    public static ExportSource? Find(ModelFolder folder)
    {
        if (Places.Select(folder.Find).FirstOrDefault(found => found is not null) is not { } path)
            return null;

        return folder.Find(ConfigName) is { } config ? JsonFile.ReadObject(config, root => Make(path, root)) : new ExportSource(path, null, 0, 0);
    }

    /// <inheritdoc/>
    public string Describe() => "ONNX export";

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
    public IEncoder Create(ExecutionProvider provider, int threads, CancellationToken cancellationToken) =>
        ExportedEncoder.Create(_path, _firstPosition, _paddingId, provider, threads, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static ExportSource Make(string path, JsonElement config)
    {
        int? positions = ReadInteger(config, "max_position_embeddings");
        int padding = ReadInteger(config, "pad_token_id") ?? 0;

        // RoBERTa and its kin count positions from the one after the padding's; the others from 0.
        bool isRoberta = config.TryGetProperty("model_type", out JsonElement type) && type.ValueKind == JsonValueKind.String
            && type.GetString() is "roberta" or "xlm-roberta" or "camembert";
        return new ExportSource(path, isRoberta ? positions - padding - 1 : positions, isRoberta ? padding + 1 : 0, padding);
    }

    private static int? ReadInteger(JsonElement config, string name) =>
        config.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int integer) && integer >= 0 ? integer : null;
}
