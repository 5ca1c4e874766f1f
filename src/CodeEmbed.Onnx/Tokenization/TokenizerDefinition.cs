using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Tokenization;

/// <summary>What a byte-level BPE tokenizer is made of, whatever files say it.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>What it was read from, as messages call it.</summary>
    public required string Source { get; init; }

    /// <summary>The vocabulary: tokens in the byte-level alphabet and their ids.</summary>
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }

    /// <summary>The merges, the first before the others; each two tokens with a space between.</summary>
    public required IReadOnlyList<string> Merges { get; init; }

    /// <summary>The tokens that are found in the text as they are written.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>The ids before every sequence.</summary>
    public required IReadOnlyList<int> StartIds { get; init; }

    /// <summary>The ids after every sequence.</summary>
    public required IReadOnlyList<int> EndIds { get; init; }

    /// <summary>Whether text that starts with no space is given one.</summary>
    public required bool AddPrefixSpace { get; init; }

    /// <summary>What the text goes through before it is split, in order.</summary>
    public IReadOnlyList<INormalizer> Normalizers { get; init; } = [];

    /// <summary>What splits the text, in order, before the prefix space and GPT-2's splitting.</summary>
    public IReadOnlyList<IPreTokenizer> PreTokenizers { get; init; } = [];

    /// <summary>Whether tokenizer.json has ByteLevel for its only pre-tokenizer, and not in a Sequence.</summary>
    public bool HasByteLevelAlone { get; init; }

    /// <summary>Whether the text is split as GPT-2 does: see <see cref="Gpt2PreTokenizer"/>.</summary>
    public bool SplitsAsGpt2 { get; init; } = true;

    /// <summary>Whether a word that is a token is that token, whatever the merges make of it.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>The id of a byte that the vocabulary lacks, or <see langword="null"/> where such a byte is left out.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Whether bytes that the vocabulary lacks have one id together where they stand in a row.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>The number of ids around every sequence.</summary>
    public int SpecialTokens => StartIds.Count + EndIds.Count;

    /// <summary>The largest id that a sequence can hold.</summary>
    public int LargestId => Vocabulary.Values.Concat(AddedTokens.Select(token => token.Id)).Concat(StartIds).Concat(EndIds).Max();

    /// <summary>
    ///   Reads the tokenizer of a model: from tokenizer.json and what <see cref="TokenizerConfig"/> changes of it, or where it
    ///   has none from vocab.json, merges.txt and what stands beside them.
    /// </summary>
    /// <param name="folder">The model.</param>
    /// <exception cref="ModelFormatException">A file is missing or damaged, or says something that cannot be done.</exception>
    public static TokenizerDefinition Read(ModelFolder folder) =>
        folder.Find(TokenizerJson.FileName) is { } path ? TokenizerConfig.Apply(folder, TokenizerJson.Read(path)) : VocabularyFiles.Read(folder);
}
