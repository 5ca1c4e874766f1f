using System.Text.Json;
using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>An object in tokenizer.json, with checks that its members have the right type.</summary>
/// <param name="element">The object.</param>
/// <param name="name">Its name in messages.</param>
internal readonly struct TokenizerJsonObject(JsonElement element, string name)
{
    /// <summary>The value of <c>type</c>.</summary>
    /// <exception cref="ModelFormatException">It is missing.</exception>
    public string Kind => String("type");

    /// <summary>Reads an element as an object.</summary>
    /// <exception cref="ModelFormatException">It is not an object.</exception>
    public static TokenizerJsonObject Of(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object
        ? new TokenizerJsonObject(element, name)
        : throw new ModelFormatException($"{name} in {TokenizerJson.FileName} is not an object.");

    /// <summary>A member, or <see langword="null"/> if it is missing or JSON's null.</summary>
    public JsonElement? Find(string member) =>
        element.TryGetProperty(member, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A member that is an object, or <see langword="null"/> if it is missing.</summary>
    /// <exception cref="ModelFormatException">It is something else.</exception>
    public TokenizerJsonObject? FindObject(string member) => Find(member) is { } value ? Of(value, NameOf(member)) : null;

    /// <summary>A member that is an object.</summary>
    /// <exception cref="ModelFormatException">It is missing or something else.</exception>
    public TokenizerJsonObject Object(string member) => FindObject(member) ?? throw Missing(member);

    /// <summary>A member that is a string.</summary>
    /// <exception cref="ModelFormatException">It is missing or something else.</exception>
    public string String(string member) =>
        Require(member) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw Wrong(member, "a string");

    /// <summary>A member that is true or false.</summary>
    /// <exception cref="ModelFormatException">It is missing or something else.</exception>
    public bool Boolean(string member) => Require(member).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(member, "true or false"),
    };

    /// <summary>A member that is true or false, or the given value if it is missing.</summary>
    /// <exception cref="ModelFormatException">It is something else.</exception>
    public bool Boolean(string member, bool missing) => Find(member) is null ? missing : Boolean(member);

    /// <summary>A member that is an id.</summary>
    /// <exception cref="ModelFormatException">It is missing or something else.</exception>
    public int Id(string member) => ReadId(Require(member), NameOf(member));

    /// <summary>A member that is a count.</summary>
    /// <exception cref="ModelFormatException">It is missing or something else.</exception>
    public int Count(string member) =>
        Require(member) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int count) && count >= 0
            ? count
            : throw Wrong(member, "a whole number");

    /// <summary>The elements of a member that is an array.</summary>
    /// <exception cref="ModelFormatException">It is missing or something else.</exception>
    public IEnumerable<JsonElement> Array(string member) =>
        Require(member) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : throw Wrong(member, "an array");

    /// <summary>The elements of a member that is an array of objects.</summary>
    /// <exception cref="ModelFormatException">It is missing or something else.</exception>
    public IEnumerable<TokenizerJsonObject> Objects(string member)
    {
        string each = $"an element of {NameOf(member)}";
        return Array(member).Select(value => Of(value, each));
    }

    /// <summary>A member that is a pattern: a regular expression, or literal text.</summary>
    /// <exception cref="ModelFormatException">It is missing or something else, or empty.</exception>
    public (string Pattern, bool IsExpression) Pattern(string member)
    {
        TokenizerJsonObject pattern = Object(member);
        bool isExpression = pattern.Find("Regex") is not null;
        if (!isExpression && pattern.Find("String") is null)
            throw new ModelFormatException($"{NameOf(member)} in {TokenizerJson.FileName} has neither Regex nor String.");

        string text = pattern.String(isExpression ? "Regex" : "String");
        return text.Length > 0
            ? (text, isExpression)
            : throw new ModelFormatException($"{NameOf(member)} is empty in {TokenizerJson.FileName}.");
    }

    /// <summary>The name of a member in messages.</summary>
    public string NameOf(string member) => name.Length == 0 ? member : $"{name}.{member}";

    /// <summary>Creates an error for a type that is not supported.</summary>
    public ModelFormatException UnknownKind(string known) =>
        new($"{name} has the type {MessageText.Quote(Kind)} in {TokenizerJson.FileName}; supported: {known}.");

    /// <summary>Reads an element as an id.</summary>
    /// <exception cref="ModelFormatException">It is not an id.</exception>
    public static int ReadId(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int id) && id >= 0
            ? id
            : throw new ModelFormatException($"{name} is {Describe(value)} in {TokenizerJson.FileName}, and must be an id.");

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        _ => MessageText.Shorten(value.GetRawText()),
    };

    private JsonElement Require(string member) => Find(member) ?? throw Missing(member);

    private ModelFormatException Missing(string member) => new($"{NameOf(member)} is missing in {TokenizerJson.FileName}.");

    private ModelFormatException Wrong(string member, string expected) =>
        new($"{NameOf(member)} is {Describe(Require(member))} in {TokenizerJson.FileName}, and must be {expected}.");
}
