using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Tokenizers.Models;
using CodeEmbed.Onnx.Tokenizers.Normalizers;
using CodeEmbed.Onnx.Tokenizers.PostProcessors;
using CodeEmbed.Onnx.Tokenizers.PreTokenizers;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>Reads tokenizer.json, the file with a complete tokenizer for Hugging Face's tokenizers.</summary>
/// <remarks>
///   Each stage is read by its <c>type</c>: see <see cref="IStage{TStage}"/>. Anything that would change ids and is not supported
///   is refused by name. <c>padding</c>, <c>decoder</c> and all of <c>truncation</c> except its direction do not change ids.
/// </remarks>
internal static class TokenizerJson
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "tokenizer.json";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The tokenizer_config.json next to it; <see langword="null"/> if it is missing.</param>
    /// <exception cref="ModelFormatException">The file is damaged, or has something that is not supported.</exception>
    public static Tokenizer Read(string path, TokenizerConfig? config) =>
        JsonFile.ReadObject(path, element => Read(new TokenizerJsonObject(element, string.Empty), config));

    private static Tokenizer Read(TokenizerJsonObject root, TokenizerConfig? config)
    {
        if (root.Find("version") is not null && root.String("version") is var version and not "1.0")
            throw new ModelFormatException($"the version is {MessageText.Quote(version)} in {FileName}; supported: 1.0.");

        TokenizerModel model = ReadModel(root.Object("model"));
        PreTokenizer[] preTokenizers = ReadPreTokenizers(root.FindObject("pre_tokenizer"), config);
        CheckBytes(model, preTokenizers);
        PostProcessor[] postProcessors = ReadPostProcessors(root.FindObject("post_processor"));
        IReadOnlyList<AddedToken> addedTokens = ReadAddedTokens(root, model.Vocabulary);
        Normalizer[] normalizers = ReadNormalizers(root.FindObject("normalizer"), config);
        CheckBeginning(preTokenizers, normalizers);
        IReadOnlyList<AddedToken> tokens = config?.AddTokens(addedTokens, model.Vocabulary) ?? addedTokens;
        if (config?.EndToken is { } end && postProcessors.All(step => step.StartIds.Count + step.EndIds.Count == 0))
            postProcessors = [new TemplateProcessing([], [FindId(end, tokens, model.Vocabulary)])];

        var tokenizer = new Tokenizer(tokens, normalizers, preTokenizers, model, postProcessors)
        {
            UnknownId = FindUnknown(root.Object("model"), tokens, model.Vocabulary),
        };
        string? side = config?.TruncationSide ?? (root.FindObject("truncation") is { } truncation
            && truncation.Find("direction") is { ValueKind: JsonValueKind.String } direction ? direction.GetString() : null);
        return string.Equals(side, TokenizerConfig.Left, StringComparison.OrdinalIgnoreCase)
            ? tokenizer.KeepingEnd()
            : tokenizer;
    }

    private static int? FindUnknown(
        TokenizerJsonObject model, IReadOnlyList<AddedToken> tokens, IReadOnlyDictionary<string, int> vocabulary) =>
        model.Find("unk_token") is not { ValueKind: JsonValueKind.String } unknown ? null
        : vocabulary.TryGetValue(unknown.GetString()!, out int id) ? id
        : tokens.FirstOrDefault(token => unknown.ValueEquals(token.Content))?.Id;

    private static int FindId(string content, IReadOnlyList<AddedToken> tokens, IReadOnlyDictionary<string, int> vocabulary) =>
        tokens.FirstOrDefault(token => token.Content == content)?.Id
        ?? (vocabulary.TryGetValue(content, out int id)
            ? id
            : throw new ModelFormatException(
                $"the special token {MessageText.Quote(content)} from {TokenizerConfig.FileName} has no id in {FileName}."));

    /// <summary>Old files do not have the type: only BPE has merges, and only Unigram has a list of tokens.</summary>
    private static TokenizerModel ReadModel(TokenizerJsonObject model) => model.Find("type") is not null
        ? Stages<TokenizerModel>.Read(model)
        : Stages<TokenizerModel>.Read(
            model,
            model.Find("merges") is not null ? "BPE"
                : model.Find("vocab") is { ValueKind: JsonValueKind.Array } ? "Unigram"
                : model.Find("max_input_chars_per_word") is not null ? "WordPiece"
                : "BPE");

    private static Normalizer[] ReadNormalizers(TokenizerJsonObject? json, TokenizerConfig? config)
    {
        Normalizer[] steps = Stages<Normalizer>.ReadAll(json, "normalizers");
        return config is not null && IsAlone(json) ? [steps[0].Configure(config)] : steps;
    }

    private static PreTokenizer[] ReadPreTokenizers(TokenizerJsonObject? json, TokenizerConfig? config)
    {
        PreTokenizer[] steps = Stages<PreTokenizer>.ReadAll(json, "pretokenizers");
        return ByteLevelPreTokenizer.Join(config is not null && IsAlone(json) ? [steps[0].Configure(config)] : steps);
    }

    private static bool IsAlone(TokenizerJsonObject? json) => json is { } stage && !Stages.IsSequence(stage);

    private static PostProcessor[] ReadPostProcessors(TokenizerJsonObject? json)
    {
        PostProcessor[] steps = Stages<PostProcessor>.ReadAll(json, "processors");
        return steps.Count(step => step is not ByteLevelPostProcessor) < 2
            ? steps
            : throw new ModelFormatException($"post_processor adds special tokens more than once in {FileName}.");
    }

    /// <summary>Checks that the beginning of the encoded text can be recognized after normalization.</summary>
    private static void CheckBeginning(PreTokenizer[] preTokenizers, Normalizer[] normalizers)
    {
        if (preTokenizers.Skip(1).Any(step => step.MindsBeginning))
        {
            throw new ModelFormatException(
                $"pre_tokenizer has a Metaspace with the prepend_scheme first after another one in {FileName}; it is supported "
                + "only as the first one.");
        }

        if (preTokenizers is [MetaspacePreTokenizer { MindsBeginning: true } first, ..]
            && !normalizers.All(step => step.KeepsBeginning(first.Replacement)))
        {
            throw new ModelFormatException(
                "normalizer may change where a text begins, and pre_tokenizer has a Metaspace with the prepend_scheme first, in "
                + $"{FileName}; this combination is not supported.");
        }
    }

    /// <summary>Checks that the words are what the model reads: bytes, or text.</summary>
    private static void CheckBytes(TokenizerModel model, PreTokenizer[] preTokenizers)
    {
        if (preTokenizers.SkipLast(1).Any(step => step.GivesBytes))
        {
            throw new ModelFormatException(
                $"pre_tokenizer has a ByteLevel before its end in {FileName}; it is supported only as the last one.");
        }

        bool givesBytes = preTokenizers is [.., { GivesBytes: true }];
        if (model.ReadsBytes && !givesBytes)
        {
            throw new ModelFormatException(
                $"pre_tokenizer does not end in ByteLevel in {FileName}; BPE without byte_fallback is supported only as "
                + "byte-level BPE.");
        }

        if (givesBytes && !model.ReadsBytes)
        {
            throw new ModelFormatException(
                $"pre_tokenizer ends in ByteLevel in {FileName}; after it, only BPE without byte_fallback is supported.");
        }
    }

    private static AddedToken[] ReadAddedTokens(TokenizerJsonObject root, IReadOnlyDictionary<string, int> vocabulary)
    {
        if (root.Find("added_tokens") is null)
            return [];

        // Hugging Face's tokenizers renumber them: by the vocabulary, and continuing after its end.
        var added = new Dictionary<string, AddedToken>();
        int next = vocabulary.Count;
        foreach (TokenizerJsonObject entry in root.Objects("added_tokens"))
        {
            string content = entry.String("content");
            if (content.Length == 0)
                continue;

            int id = added.TryGetValue(content, out AddedToken? known) ? known.Id
                : vocabulary.TryGetValue(content, out int inVocabulary) ? inVocabulary
                : next++;
            if (entry.Id("id") != id)
            {
                throw new ModelFormatException(
                    $"the added token {MessageText.Quote(content)} has the id {entry.Id("id")} in {FileName}; "
                    + $"by the vocabulary and the order of these tokens, it must be {id}.");
            }

            added[content] = new AddedToken(
                content,
                id,
                entry.Boolean("lstrip"),
                entry.Boolean("rstrip"),
                entry.Boolean("single_word"),
                entry.Boolean("normalized"));
        }

        return [.. added.Values];
    }
}
