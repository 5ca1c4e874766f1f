using System.Text.Json;
using CodeEmbed.Errors;

namespace CodeEmbed.ModelFiles;

/// <summary>A part of a sentence-transformers model.</summary>
/// <param name="Type">What it does: the last name of its class in Python.</param>
/// <param name="Folder">Its folder, from the model's own, with slashes; empty for the model's own.</param>
internal sealed record ModelModule(string Type, string Folder)
{
    private const string Library = "sentence_transformers.";

    /// <summary>The type of the part that is the encoder, with its tokenizer.</summary>
    public const string Transformer = "Transformer";

    /// <summary>The type of the part that is a static model: a table, with its tokenizer.</summary>
    public const string StaticEmbedding = "StaticEmbedding";

    /// <summary>The type of the part that makes one vector from those of the tokens.</summary>
    public const string Pooling = "Pooling";

    /// <summary>The type of the part that is one more layer.</summary>
    public const string Dense = "Dense";

    /// <summary>The type of the part that is a layer normalisation.</summary>
    public const string LayerNorm = "LayerNorm";

    /// <summary>The type of a part that does nothing once a model is trained.</summary>
    public const string Dropout = "Dropout";

    /// <summary>The type of the part that scales vectors to length 1.</summary>
    public const string Normalize = "Normalize";

    /// <summary>The whole name of its class in Python.</summary>
    public string ClassName { get; init; } = Type;

    /// <summary>
    ///   Whether its class is not from sentence-transformers: it is in a file next to the model, or in another package.
    /// </summary>
    public bool IsOfOwnCode => !ClassName.StartsWith(Library, StringComparison.Ordinal);

    /// <summary>The parts that a <see cref="ModelFileNames.Modules"/> names, in their order.</summary>
    /// <param name="modules">The file's content: an array.</param>
    /// <exception cref="ModelFormatException">A part has no type or no folder, or a folder that is elsewhere.</exception>
    public static IReadOnlyList<ModelModule> ReadAll(JsonElement modules) => [.. modules.EnumerateArray()
        .OrderBy(Index)
        .Select(module => (Folder: ReadFolder(module), Type: ReadText(module, "type")))
        .Select(read => new ModelModule(read.Type.Split('.')[^1], read.Folder) { ClassName = read.Type })];

    private static int Index(JsonElement module) =>
        module.ValueKind == JsonValueKind.Object && module.TryGetProperty("idx", out JsonElement index)
        && index.ValueKind == JsonValueKind.Number && index.TryGetInt32(out int value) ? value : int.MaxValue;

    private static string ReadFolder(JsonElement module)
    {
        // Python joins paths, in which a slash at the end has no effect.
        string path = ReadText(module, "path"), folder = path.TrimEnd('/');

        // Model2Vec names the model's own folder this way.
        if (folder == ".")
            return string.Empty;

        return path.Length == 0 || FileNameRule.IsPlainPath(folder)
            ? folder
            : throw new ModelFormatException(
                $"{ModelFileNames.Modules} names {MessageText.Quote(path)}, which is not a folder next to it.");
    }

    private static string ReadText(JsonElement module, string name) =>
        module.ValueKind == JsonValueKind.Object
        && module.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new ModelFormatException(
                $"{ModelFileNames.Modules} lists {MessageText.Shorten(module.GetRawText())}: a module without '{name}', or whose "
                + $"'{name}' is not a string.");
}
