using System.Globalization;
using System.Text.Json;
using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>Reads a model's config.json for an architecture, and takes note of every value that it is asked for.</summary>
/// <param name="root">The JSON object.</param>
internal sealed class ConfigReader(JsonElement root)
{
    private const string ModelTypeKey = "model_type";

    private readonly List<string> _asked = [];
    private string? _modelType;

    /// <summary>
    ///   What was asked for, with its values, defaults included: the part of the fingerprint that stands for the architecture.
    /// </summary>
    public string Description => string.Join("; ", _asked);

    /// <summary>The model type, one of those that are known.</summary>
    /// <exception cref="ModelFormatException">It is missing or not known.</exception>
    public string ModelType() => _modelType ??=
        OneOf(ModelTypeKey, [.. Architecture.All.SelectMany(architecture => architecture.ModelTypes)], missing: null);

    /// <summary>A text that must be one of those that are known.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="known">What it may be.</param>
    /// <param name="missing">What it is where the file does not say; <see langword="null"/> where the file must say.</param>
    /// <exception cref="ModelFormatException">It is missing or not known.</exception>
    public string OneOf(string key, IReadOnlyList<string> known, string? missing)
    {
        string value = Find(key)?.ToString() ?? missing ?? throw Missing(key);
        return known.Contains(value)
            ? Note(key, value)
            : throw new ModelFormatException(
                $"{key} is {MessageText.Quote(value)} in {ModelFileNames.Config}; known are {string.Join(", ", known)}.");
    }

    /// <summary>Sees that a flag is not true: what it asks for cannot be run.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="reason">Why not, as a clause.</param>
    /// <exception cref="ModelFormatException">It is true.</exception>
    public void RequireNot(string key, string reason)
    {
        if (Find(key)?.ValueKind == JsonValueKind.True)
            throw new ModelFormatException($"{key} is true in {ModelFileNames.Config}; {reason}.");
    }

    /// <summary>A size: an integer of at least 1, which must be there.</summary>
    /// <param name="key">Its key.</param>
    /// <exception cref="ModelFormatException">It is missing or out of range.</exception>
    public int Size(string key) => Integer(key, missing: null, smallest: 1);

    /// <summary>How many heads a width is divided among: a size.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="widthKey">The key of the width.</param>
    /// <param name="width">The width.</param>
    /// <exception cref="ModelFormatException">It is missing, out of range, or does not divide the width.</exception>
    public int Heads(string key, string widthKey, int width)
    {
        int heads = Size(key);
        return width % heads == 0
            ? heads
            : throw new ModelFormatException(
                $"{key} ({heads}) does not divide {widthKey} ({width}) in {ModelFileNames.Config}.");
    }

    /// <summary>An integer.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="missing">What it is where the file does not say; <see langword="null"/> where the file must say.</param>
    /// <param name="smallest">The smallest that it may be.</param>
    /// <exception cref="ModelFormatException">It is missing or out of range.</exception>
    public int Integer(string key, int? missing, int smallest)
    {
        if (Find(key) is not { } element)
            return Note(key, missing ?? throw Missing(key));

        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value) && value >= smallest
            ? Note(key, value)
            : throw new ModelFormatException(
                $"{key} is {Shorten(element)} in {ModelFileNames.Config}, and must be an integer from {smallest} to "
                + $"{int.MaxValue}.");
    }

    /// <summary>What is added to a variance before its root is taken: a number of at least 0.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="missing">What it is where the file does not say.</param>
    /// <exception cref="ModelFormatException">It is out of range.</exception>
    public float Epsilon(string key, float missing)
    {
        if (!root.TryGetProperty(key, out JsonElement element))
            return Note(key, missing);

        return element.ValueKind == JsonValueKind.Number && element.TryGetSingle(out float value) && float.IsFinite(value)
            && value >= 0
            ? Note(key, value)
            : throw new ModelFormatException(
                $"{key} is {Shorten(element)} in {ModelFileNames.Config}, and must be a number of at least 0.");
    }

    private JsonElement? Find(string key) =>
        root.TryGetProperty(key, out JsonElement element) && element.ValueKind != JsonValueKind.Null ? element : null;

    private T Note<T>(string key, T value)
    {
        _asked.Add(string.Create(CultureInfo.InvariantCulture, $"{key} {value}"));
        return value;
    }

    private static string Shorten(JsonElement element) => MessageText.Shorten(element.GetRawText());

    private static ModelFormatException Missing(string key) => new($"{key} is missing in {ModelFileNames.Config}.");
}
