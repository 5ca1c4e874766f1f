using System.Text;
using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Tokenization;

/// <summary>Reads a tokenizer from vocab.json and merges.txt, and from the files beside them.</summary>
/// <remarks>
///   They are read as <c>RobertaTokenizerFast</c> in Hugging Face's transformers reads them where there is no tokenizer.json:
///   tokenizer_config.json, over it special_tokens_map.json and added_tokens.json unless the former has
///   <c>added_tokens_decoder</c>, and RoBERTa's own special tokens for what none of them names.
/// </remarks>
internal static class VocabularyFiles
{
    private const string ConfigName = TokenizerConfig.FileName, SpecialTokensName = "special_tokens_map.json";
    private const string AddedTokensName = "added_tokens.json", VocabularyName = "vocab.json", MergesName = "merges.txt";
    private const string MaskRole = "mask_token";

    /// <summary>Far more than any such file of a real model; a larger one is not read.</summary>
    private const int MaxMergesLength = 256 * 1024 * 1024;

    private static readonly string[] LineEnds = ["\r\n", "\n", "\r"];

    private static readonly Dictionary<string, string> DefaultRoles = new()
    {
        ["cls_token"] = "<s>", ["sep_token"] = "</s>", ["bos_token"] = "<s>", ["eos_token"] = "</s>",
        ["unk_token"] = "<unk>", ["pad_token"] = "<pad>", [MaskRole] = "<mask>",
    };

    /// <summary>Reads the files of a model.</summary>
    /// <param name="folder">The model.</param>
    /// <exception cref="ModelFormatException">A file is missing or damaged, or a special token has no id.</exception>
    public static TokenizerDefinition Read(ModelFolder folder)
    {
        // Where there is neither file, tokenizer.json is what most models would have.
        if (folder.Find(VocabularyName) is null && folder.Find(MergesName) is null)
        {
            throw new ModelFormatException(
                $"{TokenizerJson.FileName} is missing in '{folder.Path}', or {VocabularyName} with {MergesName} in its place. "
                + $"This folder holds {folder.DescribeContent()}.");
        }

        Dictionary<string, int> vocabulary = ReadIds(folder.Require(VocabularyName));
        if (vocabulary.Count == 0)
            throw new ModelFormatException($"{VocabularyName} holds no tokens.");

        string[] merges = ReadMerges(folder.Require(MergesName));

        Dictionary<string, (string Content, JsonElement? Flags)> roles = DefaultRoles.ToDictionary(role => role.Key, role => (role.Value, (JsonElement?)null));
        var listed = new List<(string Content, JsonElement? Flags)>();
        var decoder = new Dictionary<string, (int Id, JsonElement Flags)>();
        bool addPrefixSpace = false;
        if (folder.Find(ConfigName) is { } configPath)
        {
            addPrefixSpace = JsonFile.ReadObject(configPath, root =>
            {
                ReadRoles(root, ConfigName, roles, listed);
                if (root.TryGetProperty("added_tokens_decoder", out JsonElement entries) && entries.ValueKind == JsonValueKind.Object)
                    ReadDecoder(entries, decoder);

                return root.TryGetProperty("add_prefix_space", out JsonElement prefix) && prefix.ValueKind == JsonValueKind.True;
            });
        }

        if (decoder.Count == 0)
        {
            if (folder.Find(SpecialTokensName) is { } mapPath)
            {
                JsonFile.ReadObject(mapPath, root =>
                {
                    ReadRoles(root, SpecialTokensName, roles, listed);
                    return roles;
                });
            }

            if (folder.Find(AddedTokensName) is { } addedPath)
            {
                foreach ((string content, int id) in ReadIds(addedPath))
                    decoder[content] = (id, default);
            }
        }

        int FindId(string content) => decoder.TryGetValue(content, out (int Id, JsonElement Flags) entry) ? entry.Id
            : vocabulary.TryGetValue(content, out int id) ? id
            : throw new ModelFormatException($"the special token {MessageText.Quote(content)} has no id in {VocabularyName}.");

        var added = new Dictionary<string, AddedToken>();
        foreach ((string content, (int id, JsonElement flags)) in decoder)
            added[content] = MakeToken(content, id, flags, leftStrip: false);

        foreach ((string role, (string content, JsonElement? flags)) in roles)
        {
            // Given as a plain string, the mask token takes the spaces before it.
            added.TryAdd(content, MakeToken(content, FindId(content), flags ?? default, leftStrip: role == MaskRole && flags is null));
        }

        foreach ((string content, JsonElement? flags) in listed)
            added.TryAdd(content, MakeToken(content, FindId(content), flags ?? default, leftStrip: false));

        return new TokenizerDefinition
        {
            Source = $"{VocabularyName} and {MergesName}",
            Vocabulary = vocabulary,
            Merges = merges,
            AddedTokens = [.. added.Values.Where(token => token.Content.Length > 0)],
            StartIds = [FindId(roles["cls_token"].Content)],
            EndIds = [FindId(roles["sep_token"].Content)],
            AddPrefixSpace = addPrefixSpace,
        };
    }

    /// <summary>Reads an object whose members are tokens with their ids.</summary>
    /// <exception cref="ModelFormatException">An id is none, or that of two tokens.</exception>
    public static Dictionary<string, int> ReadIds(JsonElement root, string fileName)
    {
        var ids = new Dictionary<string, int>();
        var tokens = new Dictionary<int, string>();
        foreach (JsonProperty entry in root.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || id < 0)
            {
                throw new ModelFormatException(
                    $"the id of {MessageText.Quote(entry.Name)} is {MessageText.Shorten(entry.Value.GetRawText())} in "
                    + $"{fileName}.");
            }

            if (tokens.TryGetValue(id, out string? other) && other != entry.Name)
            {
                throw new ModelFormatException(
                    $"{MessageText.Quote(other)} and {MessageText.Quote(entry.Name)} have the same id, {id}, in {fileName}.");
            }

            ids[entry.Name] = id;
            tokens[id] = entry.Name;
        }

        return ids;
    }

    /// <summary>Merges in their order; a pair that stands twice counts by its last place, as in Hugging Face's tokenizers.</summary>
    public static string[] KeepLast(IEnumerable<string> merges)
    {
        var lastPlaces = new Dictionary<string, int>();
        int place = 0;
        foreach (string merge in merges)
            lastPlaces[merge] = place++;

        return [.. lastPlaces.OrderBy(entry => entry.Value).Select(entry => entry.Key)];
    }

    /// <summary>The tokens of <c>added_tokens_decoder</c> in tokenizer_config.json, with the ids that stand there.</summary>
    /// <exception cref="ModelFormatException">An entry is not a token and its id.</exception>
    public static IEnumerable<AddedToken> ReadAddedTokensDecoder(JsonElement root)
    {
        var decoder = new Dictionary<string, (int Id, JsonElement Flags)>();
        if (root.TryGetProperty("added_tokens_decoder", out JsonElement entries) && entries.ValueKind == JsonValueKind.Object)
            ReadDecoder(entries, decoder);

        return decoder.Select(entry => MakeToken(entry.Key, entry.Value.Id, entry.Value.Flags, leftStrip: false));
    }

    /// <summary>The special tokens that a file names, whatever their roles.</summary>
    /// <exception cref="ModelFormatException">One is neither a string nor a token.</exception>
    public static IEnumerable<string> ReadSpecialTokens(JsonElement root, string fileName)
    {
        var roles = new Dictionary<string, (string Content, JsonElement? Flags)>();
        var listed = new List<(string Content, JsonElement? Flags)>();
        ReadRoles(root, fileName, roles, listed);
        return roles.Values.Concat(listed).Select(token => token.Content).Where(content => content.Length > 0);
    }

    private static Dictionary<string, int> ReadIds(string path) => JsonFile.ReadObject(path, root => ReadIds(root, Path.GetFileName(path)));

    private static string[] ReadMerges(string path)
    {
        ReadOnlyMemory<byte> bytes = RegularFile.ReadAll(path, MaxMergesLength);
        FileStart.RefuseStandIns(MergesName, bytes.Span);
        string text = Encoding.UTF8.GetString(bytes.Span).TrimStart('\uFEFF').TrimEnd('\0');
        return KeepLast(text.Split(LineEnds, StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("#version", StringComparison.Ordinal)));
    }

    private static void ReadRoles(
        JsonElement root, string fileName, Dictionary<string, (string Content, JsonElement? Flags)> roles, List<(string Content, JsonElement? Flags)> listed)
    {
        foreach (string role in DefaultRoles.Keys)
        {
            if (root.TryGetProperty(role, out JsonElement value) && value.ValueKind != JsonValueKind.Null)
                roles[role] = ReadToken(value, role, fileName);
        }

        if (root.TryGetProperty("additional_special_tokens", out JsonElement additional) && additional.ValueKind == JsonValueKind.Array)
            listed.AddRange(additional.EnumerateArray().Select(value => ReadToken(value, "additional_special_tokens", fileName)));
    }

    /// <summary>A token is a plain string, or an object with its content and flags.</summary>
    private static (string Content, JsonElement? Flags) ReadToken(JsonElement value, string role, string fileName)
    {
        if (value.ValueKind == JsonValueKind.String)
            return (value.GetString()!, null);

        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String)
            return (content.GetString()!, value.Clone());

        throw new ModelFormatException($"{role} is neither a string nor a token in {fileName}.");
    }

    private static void ReadDecoder(JsonElement entries, Dictionary<string, (int Id, JsonElement Flags)> decoder)
    {
        foreach (JsonProperty entry in entries.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, out int id) || id < 0)
            {
                throw new ModelFormatException(
                    $"added_tokens_decoder has an entry {MessageText.Quote(entry.Name)} in {ConfigName}; an entry is an id.");
            }

            decoder[ReadToken(entry.Value, "added_tokens_decoder", ConfigName).Content] = (id, entry.Value.Clone());
        }
    }

    private static AddedToken MakeToken(string content, int id, JsonElement flags, bool leftStrip)
    {
        bool Flag(string name) => flags.ValueKind == JsonValueKind.Object && flags.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

        bool normalized = flags.ValueKind != JsonValueKind.Object || !flags.TryGetProperty("normalized", out JsonElement stated) || stated.ValueKind != JsonValueKind.False;
        return new AddedToken(content, id, leftStrip || Flag("lstrip"), Flag("rstrip"), Flag("single_word"), normalized);
    }
}
