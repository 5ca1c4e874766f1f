using System.Text.Json;
using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Tokenization;

/// <summary>What tokenizer_config.json changes of a tokenizer.json beside it.</summary>
/// <remarks>
///   As <c>PreTrainedTokenizerFast.__init__</c> in Hugging Face's transformers 4 does: the prefix space is what
///   tokenizer_config.json says, or none, where ByteLevel is the only pre-tokenizer; the tokens of added_tokens_decoder replace
///   those of tokenizer.json or come after them; a special token that the vocabulary has and tokenizer.json does not list is
///   added. What is put around a text is the post-processor's alone.
/// </remarks>
internal static class TokenizerConfig
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "tokenizer_config.json";

    /// <summary>Changes a tokenizer.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="definition">What tokenizer.json says.</param>
    /// <exception cref="ModelFormatException">The file is damaged.</exception>
    public static TokenizerDefinition Apply(ModelFolder folder, TokenizerDefinition definition) =>
        folder.Find(FileName) is { } path ? JsonFile.ReadObject(path, root => Apply(root, definition)) : definition;

    private static TokenizerDefinition Apply(JsonElement root, TokenizerDefinition definition)
    {
        Dictionary<string, AddedToken> added = definition.AddedTokens.ToDictionary(token => token.Content);
        int next = Math.Max(definition.Vocabulary.Count, added.Count == 0 ? 0 : added.Values.Max(token => token.Id) + 1);
        foreach (AddedToken token in VocabularyFiles.ReadAddedTokensDecoder(root).Where(token => token.Content.Length > 0).OrderBy(token => token.Id))
        {
            int id = added.TryGetValue(token.Content, out AddedToken? known) ? known.Id
                : definition.Vocabulary.TryGetValue(token.Content, out int inVocabulary) ? inVocabulary
                : next++;
            added[token.Content] = token with { Id = id };
        }

        foreach (string content in VocabularyFiles.ReadSpecialTokens(root, FileName))
        {
            if (definition.Vocabulary.TryGetValue(content, out int id))
                added.TryAdd(content, new AddedToken(content, id, Normalized: false));
        }

        bool addPrefixSpace = root.TryGetProperty("add_prefix_space", out JsonElement stated) && stated.ValueKind == JsonValueKind.True;
        return definition with
        {
            AddedTokens = [.. added.Values],
            AddPrefixSpace = definition.HasByteLevelAlone ? addPrefixSpace : definition.AddPrefixSpace,
        };
    }
}
