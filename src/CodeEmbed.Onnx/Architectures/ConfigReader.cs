using System.Globalization;
using System.Text.Json;
using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>Reads a model's config.json for an architecture, and records every value that is requested.</summary>
internal sealed class ConfigReader
{
    /// <summary>
    ///   How many positions sentence-transformers files may ask for beyond those in config.json: far more than models have.
    /// </summary>
    private const int MostComputedPositions = 1024 * 1024;

    private const string ModelTypeKey = "model_type";

    private readonly JsonElement _root;
    private readonly Func<IEnumerable<string>> _weights;
    private readonly string _path;
    private readonly int _length;
    private readonly List<string> _asked;
    private string? _modelType;

    /// <summary>Creates a reader.</summary>
    /// <param name="root">The JSON object.</param>
    /// <param name="weights">
    ///   Returns the names of the model's weights, in case the file does not say enough about the architecture.
    /// </param>
    /// <param name="length">
    ///   How many tokens the model sees by its sentence-transformers files; <see langword="null"/> if they do not say.
    /// </param>
    public ConfigReader(JsonElement root, Func<IEnumerable<string>> weights, int? length = null)
        : this(root, weights, string.Empty, length ?? 0, [])
    {
    }

    private ConfigReader(
        JsonElement root, Func<IEnumerable<string>> weights, string path, int length, List<string> asked) =>
        (_root, _weights, _path, _length, _asked) = (root, weights, path, length, asked);

    /// <summary>
    ///   The requested values, including defaults: the part of the fingerprint that represents the architecture.
    /// </summary>
    public string Description => string.Join("; ", _asked);

    /// <summary>Whether the file, or the object in it, has no keys.</summary>
    public bool IsEmpty => !_root.EnumerateObject().Any();

    /// <summary>The model type, which must be a known one.</summary>
    /// <exception cref="ModelFormatException">It is missing or not known.</exception>
    public string ModelType() => _modelType ??=
        OneOf(ModelTypeKey, Architecture.ModelTypesOfAll, missing: null);

    /// <summary>
    ///   Whether one of the model's weights has a name with this suffix. The answer becomes part of the fingerprint.
    /// </summary>
    /// <param name="ending">The suffix.</param>
    /// <exception cref="ModelFormatException">The weights cannot be read.</exception>
    public bool HasWeight(string ending) =>
        Note(ending, _weights().Any(name => name.EndsWith(ending, StringComparison.Ordinal)));

    /// <summary>Whether a key has this text as its value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="text">The text.</param>
    public bool Says(string key, string text) => Find(key)?.ToString() == text;

    /// <summary>A text that must be one of the known ones.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="known">The known texts.</param>
    /// <param name="missing">The value if the file does not have one; <see langword="null"/> if the file must have one.</param>
    /// <exception cref="ModelFormatException">It is missing or not known.</exception>
    public string OneOf(string key, IReadOnlyList<string> known, string? missing)
    {
        string value = Find(key)?.ToString() ?? missing ?? throw Missing(key);
        return known.Contains(value)
            ? Note(key, value)
            : throw Unknown(key, value, known);
    }

    /// <summary>Whether the file has a value for a key.</summary>
    /// <param name="key">The key.</param>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Whether the file has the value null for a key.</summary>
    /// <param name="key">The key.</param>
    public bool IsNull(string key) =>
        _root.TryGetProperty(key, out JsonElement element) && element.ValueKind == JsonValueKind.Null;

    /// <summary>
    ///   The first of several keys that the file has, or else the first key: names that a value has had over time.
    /// </summary>
    /// <param name="keys">The keys.</param>
    public string Either(params string[] keys) => keys.FirstOrDefault(Has) ?? keys[0];

    /// <summary>An object within the file, or <see langword="null"/> if it is missing.</summary>
    /// <param name="key">Its key.</param>
    /// <exception cref="ModelFormatException">It is something else.</exception>
    public ConfigReader? Part(string key) => Find(key) is not { } element ? null
        : element.ValueKind == JsonValueKind.Object ? new ConfigReader(element, _weights, $"{Where(key)}.", _length, _asked)
        : throw Wrong(key, element, "an object");

    /// <summary>A text for each layer, each of which must be a known one.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="count">How many layers there are.</param>
    /// <param name="known">The known texts.</param>
    /// <returns>The texts, or <see langword="null"/> if the file does not have the key.</returns>
    /// <exception cref="ModelFormatException">There are more or fewer, or one is not known.</exception>
    public string[]? Layers(string key, int count, IReadOnlyList<string> known)
    {
        if (Find(key) is not { } element)
            return null;

        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() != count)
            throw Wrong(key, element, $"an array with a text for each of the {count} layers");

        string[] texts = [.. element.EnumerateArray().Select(text => text.ToString())];
        return texts.FirstOrDefault(text => !known.Contains(text)) is { } unknown
            ? throw Unknown(key, unknown, known)
            : Note(key, string.Join(",", texts)).Split(',');
    }

    /// <summary>A flag.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="missing">The value if the file does not have one.</param>
    /// <exception cref="ModelFormatException">It is something else.</exception>
    public bool Flag(string key, bool missing) => Find(key) is not { } element ? Note(key, missing)
        : element.ValueKind is JsonValueKind.True or JsonValueKind.False ? Note(key, element.GetBoolean())
        : throw Wrong(key, element, "true or false");

    /// <summary>Checks that a flag is not true, because what it asks for is not supported.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="reason">Why not, as a clause.</param>
    /// <exception cref="ModelFormatException">It is true.</exception>
    public void RequireNot(string key, string reason)
    {
        if (Find(key)?.ValueKind == JsonValueKind.True)
            throw new ModelFormatException($"{Where(key)} is true in {ModelFileNames.Config}; {reason}.");
    }

    /// <summary>Checks that the file has no value for a key, because what it asks for is not supported.</summary>
    /// <param name="key">The key.</param>
    /// <param name="reason">Why not, as a clause.</param>
    /// <exception cref="ModelFormatException">It has a value other than null, 0 or false.</exception>
    public void RequireNone(string key, string reason)
    {
        if (Find(key) is { } element && element.GetRawText() is not ("0" or "0.0" or "false"))
            throw new ModelFormatException($"{Where(key)} is {Shorten(element)} in {ModelFileNames.Config}; {reason}.");
    }

    /// <summary>A size: a required integer of at least 1.</summary>
    /// <param name="key">Its key.</param>
    /// <exception cref="ModelFormatException">It is missing or out of range.</exception>
    public int Size(string key) => Integer(key, missing: null, smallest: 1);

    /// <summary>
    ///   How many positions a model has that computes them: as many as the file says, or as its sentence-transformers files ask
    ///   for, whichever is more.
    /// </summary>
    /// <param name="key">The key of the number in the file.</param>
    /// <exception cref="ModelFormatException">It is missing or out of range.</exception>
    public int ComputedPositions(string key) => ComputedPositions(Size(key), _length);

    /// <summary>The same, for a number that is known.</summary>
    /// <param name="positions">How many positions the file gives.</param>
    /// <param name="length">How many tokens the model sees by its sentence-transformers files; 0 if they do not say.</param>
    public static int ComputedPositions(int positions, int length) =>
        Math.Max(positions, Math.Min(length, MostComputedPositions));

    /// <summary>The number of heads that a width is divided among.</summary>
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
                $"{Where(key)} ({heads}) does not divide {widthKey} ({width}) in {ModelFileNames.Config}.");
    }

    /// <summary>An integer.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="missing">The value if the file does not have one; <see langword="null"/> if the file must have one.</param>
    /// <param name="smallest">The smallest allowed value.</param>
    /// <exception cref="ModelFormatException">It is missing or out of range.</exception>
    public int Integer(string key, int? missing, int smallest)
    {
        if (Find(key) is not { } element)
            return Note(key, missing ?? throw Missing(key));

        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value) && value >= smallest
            ? Note(key, value)
            : throw Wrong(key, element, $"an integer from {smallest} to {int.MaxValue}");
    }

    /// <summary>The number that is added to a variance before the square root: at least 0.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="missing">The value if the file does not have one.</param>
    /// <exception cref="ModelFormatException">It is out of range.</exception>
    public float Epsilon(string key, float missing)
    {
        if (!_root.TryGetProperty(key, out JsonElement element))
            return Note(key, missing);

        return element.ValueKind == JsonValueKind.Number && element.TryGetSingle(out float value) && float.IsFinite(value)
            && value >= 0
            ? Note(key, value)
            : throw Wrong(key, element, "a number of at least 0");
    }

    /// <summary>A number above 0.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="missing">The value if the file does not have one; <see langword="null"/> if the file must have one.</param>
    /// <exception cref="ModelFormatException">It is missing or out of range.</exception>
    public double Number(string key, double? missing)
    {
        if (Find(key) is not { } element)
            return Note(key, missing ?? throw Missing(key));

        return element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && double.IsFinite(value)
            && value > 0
            ? Note(key, value)
            : throw Wrong(key, element, "a number above 0");
    }

    private JsonElement? Find(string key) =>
        _root.TryGetProperty(key, out JsonElement element) && element.ValueKind != JsonValueKind.Null ? element : null;

    private T Note<T>(string key, T value)
    {
        _asked.Add(string.Create(CultureInfo.InvariantCulture, $"{Where(key)} {value}"));
        return value;
    }

    private string Where(string key) => _path + key;

    private ModelFormatException Unknown(string key, string value, IReadOnlyList<string> known) => new(
        $"{Where(key)} is {MessageText.Quote(value)} in {ModelFileNames.Config}; supported: {string.Join(", ", known)}."
        + (key == ModelTypeKey ? ForeignModel.DescribeType(_root) : string.Empty));

    private ModelFormatException Wrong(string key, JsonElement element, string wanted) => new(
        $"{Where(key)} is {Shorten(element)} in {ModelFileNames.Config}, and must be {wanted}.");

    private static string Shorten(JsonElement element) => MessageText.Shorten(element.GetRawText());

    private ModelFormatException Missing(string key) => new($"{Where(key)} is missing in {ModelFileNames.Config}.");
}
