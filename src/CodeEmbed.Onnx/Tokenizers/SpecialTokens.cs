using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>The special and added tokens in the files next to a vocabulary.</summary>
/// <remarks>
///   They are read in the same way as in Hugging Face's transformers if there is no tokenizer.json: tokenizer_config.json, then
///   special_tokens_map.json and added_tokens.json unless the former has <c>added_tokens_decoder</c>.
/// </remarks>
internal sealed class SpecialTokens
{
    private const string MapName = "special_tokens_map.json", AddedTokensName = "added_tokens.json";
    private const string Decoder = "added_tokens_decoder";

    private static readonly string[] RoleNames =
        ["cls_token", "sep_token", "bos_token", "eos_token", "unk_token", "pad_token", "mask_token"];

    private readonly Dictionary<string, TokenText> _roles;
    private readonly List<TokenText> _listed = [];
    private readonly Dictionary<string, (int Id, TokenText Text)> _decoder = [];

    private SpecialTokens(IReadOnlyDictionary<string, string> defaults) =>
        _roles = defaults.ToDictionary(role => role.Key, role => new TokenText(role.Value));

    /// <summary>The roles that have a token: "cls_token" and others.</summary>
    public IReadOnlyDictionary<string, TokenText> Roles => _roles;

    /// <summary>The special tokens that have no role.</summary>
    public IReadOnlyList<TokenText> Listed => _listed;

    /// <summary>The tokens that have their ids from these files.</summary>
    public IReadOnlyDictionary<string, (int Id, TokenText Text)> Numbered => _decoder;

    /// <summary>Reads the files of a model that has no tokenizer.json.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="defaults">The tokens for roles that are in no file.</param>
    /// <exception cref="ModelFormatException">A file is damaged.</exception>
    public static SpecialTokens Read(ModelFolder folder, IReadOnlyDictionary<string, string> defaults)
    {
        var tokens = new SpecialTokens(defaults);
        if (folder.Find(TokenizerConfig.FileName) is { } config)
            JsonFile.ReadObject(config, root => tokens.AddConfig(root));

        if (tokens._decoder.Count > 0)
            return tokens;

        if (folder.Find(MapName) is { } map)
            JsonFile.ReadObject(map, root => tokens.AddRoles(root, MapName));

        if (folder.Find(AddedTokensName) is { } added)
        {
            foreach ((string content, int id) in Vocabulary.Read(added))
                tokens._decoder[content] = (id, new TokenText(content));
        }

        return tokens;
    }

    /// <summary>Reads the tokens in tokenizer_config.json.</summary>
    /// <exception cref="ModelFormatException">The file has a wrong value.</exception>
    public static SpecialTokens ReadConfig(JsonElement root) =>
        new SpecialTokens(new Dictionary<string, string>()).AddConfig(root);

    /// <summary>The id of a special token.</summary>
    /// <param name="content">The token.</param>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="fileName">The file that the vocabulary is in.</param>
    /// <exception cref="ModelFormatException">The token has no id.</exception>
    public int RequireId(string content, IReadOnlyDictionary<string, int> vocabulary, string fileName) =>
        _decoder.TryGetValue(content, out (int Id, TokenText Text) entry) ? entry.Id
            : vocabulary.TryGetValue(content, out int id) ? id
            : throw new ModelFormatException($"the special token {MessageText.Quote(content)} has no id in {fileName}.");

    private SpecialTokens AddConfig(JsonElement root)
    {
        AddRoles(root, TokenizerConfig.FileName);
        if (!root.TryGetProperty(Decoder, out JsonElement entries) || entries.ValueKind != JsonValueKind.Object)
            return this;

        foreach (JsonProperty entry in entries.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, out int id) || id < 0)
            {
                throw new ModelFormatException(
                    $"{Decoder} has an entry {MessageText.Quote(entry.Name)} in {TokenizerConfig.FileName}; it must be an id.");
            }

            TokenText text = ReadText(entry.Value, Decoder, TokenizerConfig.FileName);
            _decoder[text.Content] = (id, text);
        }

        return this;
    }

    private SpecialTokens AddRoles(JsonElement root, string fileName)
    {
        foreach (string role in RoleNames)
        {
            if (root.TryGetProperty(role, out JsonElement value) && value.ValueKind != JsonValueKind.Null)
                _roles[role] = ReadText(value, role, fileName);
        }

        const string Additional = "additional_special_tokens";
        if (root.TryGetProperty(Additional, out JsonElement additional) && additional.ValueKind == JsonValueKind.Array)
            _listed.AddRange(additional.EnumerateArray().Select(value => ReadText(value, Additional, fileName)));

        return this;
    }

    /// <summary>A token is a plain string, or an object with content and flags.</summary>
    private static TokenText ReadText(JsonElement value, string role, string fileName)
    {
        if (value.ValueKind == JsonValueKind.String)
            return new TokenText(value.GetString()!);

        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement content)
            && content.ValueKind == JsonValueKind.String)
        {
            return new TokenText(content.GetString()!)
            {
                IsPlain = false,
                LeftStrip = Flag("lstrip") ?? false,
                RightStrip = Flag("rstrip") ?? false,
                SingleWord = Flag("single_word") ?? false,
                Normalized = Flag("normalized"),
            };
        }

        throw new ModelFormatException($"{role} is neither a string nor a token in {fileName}.");

        bool? Flag(string name) => value.TryGetProperty(name, out JsonElement flag)
            ? flag.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
            : null;
    }
}

/// <summary>A token as written in a file.</summary>
/// <param name="Content">The text.</param>
internal sealed record TokenText(string Content)
{
    /// <summary>Whether it is a plain string instead of an object with flags.</summary>
    public bool IsPlain { get; init; } = true;

    /// <summary>Whether it includes the white space before it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Whether it includes the white space after it.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Whether it matches only if there is no letter or digit next to it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Whether it is found in normalized text; <see langword="null"/> if the file does not say.</summary>
    public bool? Normalized { get; init; }

    /// <summary>Creates the token.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="leftStrip">Whether it includes the white space before it, whatever the file says.</param>
    /// <param name="normalized">Whether it is normalized, if the file does not say.</param>
    public AddedToken ToToken(int id, bool leftStrip = false, bool normalized = true) =>
        new(Content, id, leftStrip || LeftStrip, RightStrip, SingleWord, Normalized ?? normalized);
}
