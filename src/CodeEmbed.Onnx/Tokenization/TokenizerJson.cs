using System.Text;
using System.Text.Json;
using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Tokenization;

/// <summary>Reads tokenizer.json, the one file that holds all of a tokenizer of Hugging Face's tokenizers.</summary>
/// <remarks>
///   Of all that such a file may hold, byte-level BPE is known, with what models of code have around it. Anything that would
///   change ids and is not known is refused by its name. <c>truncation</c>, <c>padding</c> and <c>decoder</c> change none.
/// </remarks>
internal static class TokenizerJson
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "tokenizer.json";

    private const string Sequence = "Sequence", ByteLevel = "ByteLevel";

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelFormatException">The file is damaged, or says something that cannot be done.</exception>
    public static TokenizerDefinition Read(string path) => JsonFile.ReadObject(path, element => Read(new TokenizerJsonObject(element, string.Empty)));

    private static TokenizerDefinition Read(TokenizerJsonObject root)
    {
        if (root.Find("version") is not null && root.String("version") is var version and not "1.0")
            throw new ModelFormatException($"the version is {MessageText.Quote(version)} in {FileName}; known is 1.0.");

        TokenizerDefinition definition = ReadModel(root.Object("model"));
        definition = ReadPreTokenizers(root.FindObject("pre_tokenizer"), definition);
        (int[] start, int[] end) = ReadPostProcessor(root.FindObject("post_processor"));
        return definition with
        {
            AddedTokens = ReadAddedTokens(root, definition.Vocabulary),
            Normalizers = ReadNormalizers(root.FindObject("normalizer")),
            StartIds = start,
            EndIds = end,
        };
    }

    private static TokenizerDefinition ReadModel(TokenizerJsonObject model)
    {
        if (model.Find("type") is not null && model.Kind != "BPE")
            throw model.UnknownKind("BPE");

        if (model.Find("dropout") is { } dropout && !(dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() == 0))
            throw new ModelFormatException($"{model.NameOf("dropout")} is not 0 in {FileName}: ids would be a matter of chance.");

        foreach (string affix in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (model.Find(affix) is not null && model.String(affix).Length > 0)
            {
                throw new ModelFormatException(
                    $"{model.NameOf(affix)} is {MessageText.Quote(model.String(affix))} in {FileName}; byte-level BPE has none.");
            }
        }

        Dictionary<string, int> vocabulary = ReadVocabulary(model);
        bool lacksBytes = ByteLevelAlphabet.Characters.Any(character => !vocabulary.ContainsKey(character.ToString()));
        bool hasUnknown = lacksBytes && model.Find("unk_token") is not null;
        if (lacksBytes && model.Boolean("byte_fallback", missing: false))
        {
            throw new ModelFormatException(
                $"{model.NameOf("byte_fallback")} is true in {FileName}, and {model.NameOf("vocab")} lacks bytes; that is not byte-level BPE.");
        }

        return new TokenizerDefinition
        {
            Source = FileName,
            Vocabulary = vocabulary,
            Merges = ReadMerges(model),
            IgnoreMerges = model.Boolean("ignore_merges", missing: false),
            UnknownId = hasUnknown ? FindUnknown(model.String("unk_token"), vocabulary) : null,
            FuseUnknown = hasUnknown && model.Boolean("fuse_unk", missing: false),
            AddedTokens = [],
            StartIds = [],
            EndIds = [],
            AddPrefixSpace = false,
        };
    }

    private static Dictionary<string, int> ReadVocabulary(TokenizerJsonObject model)
    {
        model.Object("vocab");
        Dictionary<string, int> vocabulary = VocabularyFiles.ReadIds(model.Find("vocab")!.Value, FileName);
        return vocabulary.Count > 0 ? vocabulary : throw new ModelFormatException($"{model.NameOf("vocab")} holds no tokens in {FileName}.");
    }

    private static int FindUnknown(string token, Dictionary<string, int> vocabulary) => vocabulary.TryGetValue(token, out int id)
        ? id
        : throw new ModelFormatException(
            $"the unk_token {MessageText.Quote(token)} is missing in model.vocab in {FileName}, which lacks bytes.");

    /// <summary>A merge is two tokens with a space between, or a list of two.</summary>
    private static string[] ReadMerges(TokenizerJsonObject model) => VocabularyFiles.KeepLast(model.Array("merges").Select(merge =>
    {
        string[] pair = merge.ValueKind switch
        {
            JsonValueKind.String => merge.GetString()!.Split(' '),
            JsonValueKind.Array when merge.EnumerateArray().All(token => token.ValueKind == JsonValueKind.String) =>
                [.. merge.EnumerateArray().Select(token => token.GetString()!)],
            _ => [],
        };

        // The byte-level alphabet has no space.
        return pair.Length == 2 && pair.All(token => token.Length > 0 && !token.Contains(' '))
            ? string.Join(' ', pair)
            : throw new ModelFormatException($"an element of {model.NameOf("merges")} is no pair of tokens in {FileName}.");
    }));

    private static TokenizerDefinition ReadPreTokenizers(TokenizerJsonObject? preTokenizer, TokenizerDefinition definition)
    {
        List<TokenizerJsonObject> steps = preTokenizer is { } first ? [.. Flatten(first, "pretokenizers")] : [];
        if (steps.Count == 0 || steps[^1].Kind != ByteLevel)
        {
            foreach (TokenizerJsonObject step in steps)
                ReadPreTokenizer(step);

            throw new ModelFormatException($"pre_tokenizer does not end in {ByteLevel} in {FileName}; only byte-level BPE is known.");
        }

        TokenizerJsonObject byteLevel = steps[^1];
        List<IPreTokenizer> preTokenizers = [.. steps.SkipLast(1).Select(ReadPreTokenizer)];
        bool addPrefixSpace = byteLevel.Boolean("add_prefix_space"), splitsAsGpt2 = byteLevel.Boolean("use_regex", missing: true);

        // GPT-2's own pattern, written out.
        if (!addPrefixSpace && !splitsAsGpt2 && preTokenizers is [.., SplitPreTokenizer { IsGpt2: true }])
        {
            preTokenizers.RemoveAt(preTokenizers.Count - 1);
            splitsAsGpt2 = true;
        }

        return definition with
        {
            PreTokenizers = preTokenizers,
            AddPrefixSpace = addPrefixSpace,
            SplitsAsGpt2 = splitsAsGpt2,
            HasByteLevelAlone = preTokenizer!.Value.Kind == ByteLevel,
        };
    }

    private static IPreTokenizer ReadPreTokenizer(TokenizerJsonObject step) => step.Kind switch
    {
        "Digits" => new DigitsPreTokenizer(step.Boolean("individual_digits")),
        "Split" => ReadSplit(step),
        ByteLevel => throw new ModelFormatException($"pre_tokenizer has a {ByteLevel} before its end in {FileName}; only as the last one is it known."),
        _ => throw step.UnknownKind($"{ByteLevel}, Digits, Sequence, Split"),
    };

    private static SplitPreTokenizer ReadSplit(TokenizerJsonObject step)
    {
        TokenizerJsonObject pattern = step.Object("pattern");
        bool isExpression = pattern.Find("Regex") is not null;
        if (!isExpression && pattern.Find("String") is null)
            throw new ModelFormatException($"{step.NameOf("pattern")} holds neither Regex nor String in {FileName}.");

        string behavior = step.String("behavior");
        if (!Enum.TryParse(behavior, out SplitBehavior known) || behavior != known.ToString())
        {
            throw new ModelFormatException(
                $"{step.NameOf("behavior")} is {MessageText.Quote(behavior)} in {FileName}; known is {string.Join(", ", Enum.GetNames<SplitBehavior>())}.");
        }

        return new SplitPreTokenizer(pattern.String(isExpression ? "Regex" : "String"), isExpression, known, step.Boolean("invert"));
    }

    private static INormalizer[] ReadNormalizers(TokenizerJsonObject? normalizer)
    {
        INormalizer[] steps = normalizer is not { } first ? [] :
        [
            .. Flatten(first, "normalizers").Select(step => step.Kind switch
            {
                "NFC" => new UnicodeNormalizer(NormalizationForm.FormC),
                "NFD" => new UnicodeNormalizer(NormalizationForm.FormD),
                "NFKC" => new UnicodeNormalizer(NormalizationForm.FormKC),
                "NFKD" => new UnicodeNormalizer(NormalizationForm.FormKD),
                "Lowercase" => (INormalizer)new LowercaseNormalizer(),
                _ => throw step.UnknownKind("Lowercase, NFC, NFD, NFKC, NFKD, Sequence"),
            }),
        ];

        if (steps.OfType<UnicodeNormalizer>().Any() && !UnicodeNormalization.IsAvailable)
        {
            throw new ModelFormatException(
                $"normalizer in {FileName} needs Unicode normalization, which this process runs without: see DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
        }

        return steps;
    }

    private static (int[] Start, int[] End) ReadPostProcessor(TokenizerJsonObject? postProcessor)
    {
        (int[] Start, int[] End)[] around = postProcessor is not { } first ? [] :
        [
            .. Flatten(first, "processors").Where(step => step.Kind != ByteLevel).Select(step => step.Kind switch
            {
                // Both put the classifier's token before a text and the separator after it. They differ for pairs of texts.
                "RobertaProcessing" or "BertProcessing" => ([ReadSpecialToken(step, "cls")], [ReadSpecialToken(step, "sep")]),
                "TemplateProcessing" => ReadTemplate(step),
                _ => throw step.UnknownKind($"BertProcessing, {ByteLevel}, RobertaProcessing, Sequence, TemplateProcessing"),
            }),
        ];
        return around switch
        {
            [] => ([], []),
            [var only] => only,
            _ => throw new ModelFormatException($"post_processor adds special tokens more than once in {FileName}."),
        };
    }

    /// <summary>A special token is a list of its content and its id.</summary>
    private static int ReadSpecialToken(TokenizerJsonObject step, string member)
    {
        JsonElement[] pair = [.. step.Array(member)];
        return pair is [{ ValueKind: JsonValueKind.String }, var id]
            ? TokenizerJsonObject.ReadId(id, $"the id in {step.NameOf(member)}")
            : throw new ModelFormatException($"{step.NameOf(member)} is no token and its id in {FileName}.");
    }

    private static (int[] Start, int[] End) ReadTemplate(TokenizerJsonObject step)
    {
        TokenizerJsonObject specialTokens = step.Object("special_tokens");
        List<int> start = [], end = [];
        bool afterText = false;
        foreach (TokenizerJsonObject piece in step.Objects("single"))
        {
            if (piece.FindObject("SpecialToken") is { } token)
            {
                CheckType(token);
                string each = $"an id of {MessageText.Quote(token.String("id"))} in {step.NameOf("special_tokens")}";
                IEnumerable<JsonElement> ids = specialTokens.Object(token.String("id")).Array("ids");
                (afterText ? end : start).AddRange(ids.Select(id => TokenizerJsonObject.ReadId(id, each)));
            }
            else if (!afterText && piece.FindObject("Sequence") is { } sequence && sequence.String("id") == "A")
            {
                CheckType(sequence);
                afterText = true;
            }
            else
            {
                throw new ModelFormatException($"{step.NameOf("single")} holds more than special tokens and the sequence A, once, in {FileName}.");
            }
        }

        return afterText ? ([.. start], [.. end]) : throw new ModelFormatException($"{step.NameOf("single")} lacks the sequence A in {FileName}.");

        static void CheckType(TokenizerJsonObject piece)
        {
            if (piece.Id("type_id") != 0)
                throw new ModelFormatException($"{piece.NameOf("type_id")} is not 0 in {FileName}; token types are not known.");
        }
    }

    private static AddedToken[] ReadAddedTokens(TokenizerJsonObject root, IReadOnlyDictionary<string, int> vocabulary)
    {
        if (root.Find("added_tokens") is null)
            return [];

        // Hugging Face's tokenizers number them anew: by the vocabulary, and on from its end.
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
                    $"the added token {MessageText.Quote(content)} has the id {entry.Id("id")} in {FileName}; by the vocabulary and the order of these tokens it is {id}.");
            }

            added[content] = new AddedToken(
                content, id, entry.Boolean("lstrip"), entry.Boolean("rstrip"), entry.Boolean("single_word"), entry.Boolean("normalized"));
        }

        return [.. added.Values];
    }

    private static IEnumerable<TokenizerJsonObject> Flatten(TokenizerJsonObject step, string member) =>
        step.Kind == Sequence ? step.Objects(member).SelectMany(inner => Flatten(inner, member)) : [step];
}
