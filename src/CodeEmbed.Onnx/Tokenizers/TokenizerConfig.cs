using System.Text.Json;
using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>The changes that tokenizer_config.json makes to a tokenizer.json next to it.</summary>
/// <remarks>
///   As in <c>PreTrainedTokenizerFast.__init__</c> in Hugging Face's transformers 4: some flags of a stage that is not in a
///   Sequence come from tokenizer_config.json, or have their defaults; the tokens in added_tokens_decoder replace those in
///   tokenizer.json or are added to them; a special token that the vocabulary has and tokenizer.json does not list is added.
///   Only the post-processor puts tokens around a text, except for the end that <see cref="EndToken"/> describes.
/// </remarks>
internal sealed class TokenizerConfig
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "tokenizer_config.json";

    /// <summary>The <see cref="TruncationSide"/> of a tokenizer that keeps the end of a text that is too long.</summary>
    public const string Left = "left";

    /// <summary>The tokenizers of transformers whose normalizer is BERT's, without "Fast" at the end.</summary>
    private static readonly string[] BertTokenizers =
        ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "MPNetTokenizer"];

    private readonly SpecialTokens _tokens;

    private TokenizerConfig(JsonElement root)
    {
        _tokens = SpecialTokens.ReadConfig(root);
        AddPrefixSpace = Flag(root, "add_prefix_space") ?? false;
        Lowercase = Flag(root, "do_lower_case") ?? true;
        StripAccents = Flag(root, "strip_accents");
        SpaceChinese = Flag(root, "tokenize_chinese_chars") ?? true;
        EndToken = Flag(root, "add_eos_token") == true && NamesTokenizerOfGte(root)
            ? _tokens.Roles.GetValueOrDefault("eos_token")?.Content
            : null;
        TruncationSide = root.TryGetProperty("truncation_side", out JsonElement side) && side.ValueKind == JsonValueKind.String
            ? side.GetString()
            : null;
        IsBert = !root.TryGetProperty("tokenizer_class", out JsonElement name) || name.ValueKind != JsonValueKind.String
            || BertTokenizers.Any(known => name.ValueEquals(known) || name.ValueEquals($"{known}Fast"));
    }

    /// <summary>The settings if there is no such file.</summary>
    public static TokenizerConfig Default { get; } = new(JsonDocument.Parse("{}").RootElement);

    /// <summary>Whether to add a space to text that does not start with one; false if the file does not say.</summary>
    public bool AddPrefixSpace { get; }

    /// <summary>
    ///   The token that the tokenizer of the gte-Qwen2 models puts after every text, with its own code that is not run here, if
    ///   tokenizer.json adds nothing; <see langword="null"/> for none.
    /// </summary>
    public string? EndToken { get; }

    /// <summary>Whether the file's settings apply to BERT's normalizer: it names a tokenizer like BERT's, or none.</summary>
    public bool IsBert { get; }

    /// <summary>Whether BERT's normalizer lower-cases letters; true if the file does not say.</summary>
    public bool Lowercase { get; }

    /// <summary>Whether BERT's normalizer removes accents; <see langword="null"/> if the file does not say.</summary>
    public bool? StripAccents { get; }

    /// <summary>Whether BERT's normalizer puts spaces around Chinese characters; true if the file does not say.</summary>
    public bool SpaceChinese { get; }

    /// <summary>
    ///   The side at which a text that is too long is cut, <c>left</c> or <c>right</c>; <see langword="null"/> if the file does
    ///   not say.
    /// </summary>
    public string? TruncationSide { get; }

    /// <summary>Reads the file of a model, or returns <see langword="null"/> if it is missing.</summary>
    /// <exception cref="ModelFormatException">The file is damaged.</exception>
    public static TokenizerConfig? Read(ModelFolder folder) =>
        folder.Find(FileName) is { } path ? JsonFile.ReadObject(path, root => new TokenizerConfig(root)) : null;

    /// <summary>Adds the file's tokens to those of tokenizer.json.</summary>
    public IReadOnlyList<AddedToken> AddTokens(IReadOnlyList<AddedToken> tokens, IReadOnlyDictionary<string, int> vocabulary)
    {
        Dictionary<string, AddedToken> added = tokens.ToDictionary(token => token.Content);
        int next = Math.Max(vocabulary.Count, added.Count == 0 ? 0 : added.Values.Max(token => token.Id) + 1);
        IEnumerable<TokenText> numbered = _tokens.Numbered.Values.OrderBy(entry => entry.Id).Select(entry => entry.Text);
        foreach (TokenText text in numbered.Where(text => text.Content.Length > 0))
        {
            int id = added.TryGetValue(text.Content, out AddedToken? known) ? known.Id
                : vocabulary.TryGetValue(text.Content, out int inVocabulary) ? inVocabulary
                : next++;
            added[text.Content] = text.ToToken(id);
        }

        foreach (TokenText text in _tokens.Roles.Values.Concat(_tokens.Listed).Where(text => text.Content.Length > 0))
        {
            if (vocabulary.TryGetValue(text.Content, out int id))
                added.TryAdd(text.Content, new AddedToken(text.Content, id, Normalized: false));
        }

        return [.. added.Values];
    }

    /// <summary>Whether the file asks for <c>tokenization_qwen.py</c>, from its own repository or from another one.</summary>
    private static bool NamesTokenizerOfGte(JsonElement root) =>
        root.TryGetProperty("auto_map", out JsonElement map) && map.ValueKind == JsonValueKind.Object
        && map.TryGetProperty("AutoTokenizer", out JsonElement names) && names.ValueKind == JsonValueKind.Array
        && names.EnumerateArray().Any(
            name => name.ToString().Split("--")[^1] == "tokenization_qwen.Qwen2TokenizerFast");

    private static bool? Flag(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value)
        ? value.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
        : null;
}
