using System.Text;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers.Models;
using CodeEmbed.Onnx.Tokenizers.PostProcessors;
using CodeEmbed.Onnx.Tokenizers.PreTokenizers;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>Reads a tokenizer from vocab.json, merges.txt and the files next to them.</summary>
/// <remarks>
///   They are read in the same way as <c>RobertaTokenizerFast</c> in Hugging Face's transformers does if there is no
///   tokenizer.json, with RoBERTa's special tokens as the defaults.
/// </remarks>
internal static class ByteLevelFiles
{
    /// <summary>The name of the vocabulary file.</summary>
    public const string VocabularyName = "vocab.json";

    private const string MergesName = "merges.txt", MaskRole = "mask_token";

    /// <summary>Far more than such a file in a real model; larger files are not read.</summary>
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
    public static Tokenizer Read(ModelFolder folder)
    {
        // If neither file exists, name tokenizer.json, which most models have.
        if (folder.Find(VocabularyName) is null && folder.Find(MergesName) is null)
        {
            throw new ModelFormatException(
                $"{TokenizerJson.FileName} is missing in '{folder.Path}', and so are {VocabularyName} with {MergesName} and "
                + $"{WordPieceFiles.VocabularyName}. "
                + $"This folder holds {folder.DescribeContent()}.");
        }

        Dictionary<string, int> vocabulary = Vocabulary.Read(folder.Require(VocabularyName));
        if (vocabulary.Count == 0)
            throw new ModelFormatException($"{VocabularyName} holds no tokens.");

        string[] merges = ReadMerges(folder.Require(MergesName));
        SpecialTokens tokens = SpecialTokens.Read(folder, DefaultRoles);
        bool addPrefixSpace = TokenizerConfig.Read(folder)?.AddPrefixSpace ?? false;

        Dictionary<string, AddedToken> added =
            tokens.Numbered.ToDictionary(entry => entry.Key, entry => entry.Value.Text.ToToken(entry.Value.Id));
        foreach ((string role, TokenText text) in tokens.Roles)
        {
            // If it is a plain string, the mask token includes the spaces before it.
            added.TryAdd(text.Content, text.ToToken(FindId(text.Content), leftStrip: role == MaskRole && text.IsPlain));
        }

        foreach (TokenText text in tokens.Listed)
            added.TryAdd(text.Content, text.ToToken(FindId(text.Content)));

        return new Tokenizer(
            [.. added.Values.Where(token => token.Content.Length > 0)],
            normalizers: [],
            [new ByteLevelPreTokenizer(addPrefixSpace, splits: true)],
            new BpeModel($"{VocabularyName} and {MergesName}", vocabulary, merges),
            [new ClassifierProcessing(FindId(tokens.Roles["cls_token"].Content), FindId(tokens.Roles["sep_token"].Content))]);

        int FindId(string content) => tokens.RequireId(content, vocabulary, VocabularyName);
    }

    private static string[] ReadMerges(string path)
    {
        ReadOnlyMemory<byte> bytes = RegularFile.ReadAll(path, MaxMergesLength);
        FileStart.RefuseStandIns(MergesName, bytes.Span[..Math.Min(bytes.Length, FileFormat.StartLength)]);
        string text = Encoding.UTF8.GetString(bytes.Span).TrimStart('\uFEFF').TrimEnd('\0');
        return BpeModel.KeepLast(
            text.Split(LineEnds, StringSplitOptions.RemoveEmptyEntries).Where(
                line => !line.StartsWith("#version", StringComparison.Ordinal)));
    }
}
