using System.Text.Unicode;
using System.Text;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers.Models;
using CodeEmbed.Onnx.Tokenizers.Normalizers;
using CodeEmbed.Onnx.Tokenizers.PostProcessors;
using CodeEmbed.Onnx.Tokenizers.PreTokenizers;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>Reads a tokenizer from vocab.txt and the files next to it.</summary>
/// <remarks>
///   They are read in the same way as <c>BertTokenizerFast</c> in Hugging Face's transformers does if there is no tokenizer.json,
///   with BERT's special tokens as the defaults.
/// </remarks>
internal static class WordPieceFiles
{
    /// <summary>The name of the vocabulary file: one token per line, whose number is its id.</summary>
    public const string VocabularyName = ModelFileNames.WordPieceVocabulary;

    /// <summary>Far more than such a file in a real model; larger files are not read.</summary>
    private const int MaxLength = 256 * 1024 * 1024;

    private const string Classifier = "cls_token", Separator = "sep_token", Unknown = "unk_token";

    private static readonly string[] LineEnds = ["\r\n", "\n", "\r"];

    private static readonly Dictionary<string, string> DefaultRoles = new()
    {
        [Classifier] = "[CLS]", [Separator] = "[SEP]", [Unknown] = "[UNK]", ["pad_token"] = "[PAD]", ["mask_token"] = "[MASK]",
    };

    /// <summary>Reads the files of a model.</summary>
    /// <param name="folder">The model.</param>
    /// <exception cref="ModelFormatException">A file is damaged, or a required special token has no id.</exception>
    public static Tokenizer Read(ModelFolder folder)
    {
        Dictionary<string, int> vocabulary = ReadVocabulary(folder.Require(VocabularyName));
        TokenizerConfig config = TokenizerConfig.Read(folder) ?? TokenizerConfig.Default;
        SpecialTokens tokens = SpecialTokens.Read(folder, DefaultRoles);
        return new Tokenizer(
            FindAddedTokens(tokens, vocabulary),
            [new BertNormalizer(cleanText: true, config.SpaceChinese, config.StripAccents, config.Lowercase, VocabularyName)],
            [new BertPreTokenizer()],
            new WordPieceModel(
                VocabularyName,
                vocabulary,
                tokens.Roles[Unknown].Content,
                WordPieceModel.DefaultPrefix,
                WordPieceModel.DefaultMaxWordLength),
            [new ClassifierProcessing(RequireId(Classifier), RequireId(Separator))]);

        int RequireId(string role) => tokens.RequireId(tokens.Roles[role].Content, vocabulary, VocabularyName);
    }

    /// <summary>The special tokens that have ids. One without an id, as [MASK] may be, is treated as normal text.</summary>
    private static AddedToken[] FindAddedTokens(SpecialTokens tokens, Dictionary<string, int> vocabulary)
    {
        TokenText[] special = [.. tokens.Roles.Values, .. tokens.Listed];
        var added = new Dictionary<string, AddedToken>();
        foreach ((string content, (int id, TokenText text)) in tokens.Numbered)
            added[content] = text.ToToken(id, normalized: !special.Any(token => token.Content == content));

        foreach (TokenText text in special)
        {
            if (vocabulary.TryGetValue(text.Content, out int id))
                added.TryAdd(text.Content, text.ToToken(id, normalized: false));
        }

        return [.. added.Values.Where(token => token.Content.Length > 0)];
    }

    private static Dictionary<string, int> ReadVocabulary(string path)
    {
        ReadOnlyMemory<byte> bytes = RegularFile.ReadAll(path, MaxLength);
        FileStart.RefuseStandIns(VocabularyName, bytes.Span[..Math.Min(bytes.Length, FileFormat.StartLength)]);
        if (!Utf8.IsValid(bytes.Span))
            throw new ModelFormatException($"{VocabularyName} holds text that is not valid UTF-8.");

        string text = Encoding.UTF8.GetString(bytes.Span).TrimStart('\uFEFF').TrimEnd('\0');
        string[] lines = text.Split(LineEnds, StringSplitOptions.None);
        int count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        if (count == 0)
            throw new ModelFormatException($"{VocabularyName} holds no tokens.");

        // A token that occurs twice has the number of its last line.
        var vocabulary = new Dictionary<string, int>(count);
        for (int id = 0; id < count; id++)
            vocabulary[lines[id]] = id;

        return vocabulary;
    }
}
