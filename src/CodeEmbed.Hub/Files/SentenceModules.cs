using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Hub.Names;

namespace CodeEmbed.Hub.Files;

/// <summary>The parts of a sentence-transformers model, which its <c>modules.json</c> names.</summary>
internal sealed class SentenceModules
{
    /// <summary>The file that names them.</summary>
    public const string FileName = "modules.json";

    private const string Transformer = "Transformer", Pooling = "Pooling", Dense = "Dense", ConfigName = "config.json";

    private static readonly string[] WeightNames = ["model.safetensors", "pytorch_model.bin"];

    private readonly (string Folder, string Type)[] _modules;

    private SentenceModules((string Folder, string Type)[] modules) => _modules = modules;

    /// <summary>Where the paths of the encoder and its tokenizer begin: with nothing, or with a folder and a slash, as before sentence-transformers 2.0.</summary>
    public string EncoderPrefix => _modules.FirstOrDefault(module => module.Type == Transformer).Folder is { Length: > 0 } folder ? folder + "/" : "";

    /// <summary>Reads <see cref="FileName"/>; a repository without it has no modules.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="read">Opens the file.</param>
    /// <exception cref="HubAnswerException">The file is not what it should be; the message says how.</exception>
    public static SentenceModules Read(IReadOnlySet<string> listing, Func<string, Stream> read) =>
        new(listing.Contains(FileName) ? RepositoryJson.Read(FileName, read, ReadModules) : []);

    /// <summary>The files of the parts that lie in folders of their own, without the encoder's.</summary>
    /// <param name="listing">The paths of the repository.</param>
    public IReadOnlyList<string> FindFiles(IReadOnlySet<string> listing)
    {
        var files = new List<string>();
        foreach ((string folder, string type) in _modules.Where(module => module.Folder.Length > 0 && module.Type != Transformer))
        {
            string config = $"{folder}/{ConfigName}";
            if (type == Pooling || listing.Contains(config))
                files.Add(config);

            if (type == Dense)
                files.Add(WeightNames.Select(name => $"{folder}/{name}").FirstOrDefault(listing.Contains) ?? $"{folder}/{WeightNames[0]}");
        }

        return files;
    }

    private static (string Folder, string Type)[] ReadModules(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Array)
            throw new HubAnswerException($"its {FileName} holds no list. Give another model or revision.");

        return [.. root.EnumerateArray().Select(module => (ReadFolder(module), Text(module, "type").Split('.')[^1]))];
    }

    private static string ReadFolder(JsonElement module)
    {
        string folder = Text(module, "path");
        return folder.Length == 0 || FileNameRule.IsPlainPath(folder)
            ? folder
            : throw new HubAnswerException(
                $"its {FileName} names the folder {MessageText.Quote(folder)}, which is none of the repository. Nothing was fetched under that name.");
    }

    private static string Text(JsonElement module, string name) =>
        module.ValueKind == JsonValueKind.Object && module.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new HubAnswerException($"its {FileName} has a module without '{name}'. Give another model or revision.");
}
