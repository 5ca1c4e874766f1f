using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Tokenizers.Models;

/// <summary>
///   WordPiece in Hugging Face's tokenizers: a word becomes the longest token that it begins with, then the longest for the rest,
///   and so on. A word with a part that is not a token becomes one unknown token, and so does one with too many characters.
/// </summary>
internal sealed class WordPieceModel : TokenizerModel, IStage<TokenizerModel>
{
    /// <summary>The default in transformers.</summary>
    public const int DefaultMaxWordLength = 100;

    /// <summary>The default prefix of a token that continues a word.</summary>
    public const string DefaultPrefix = "##";

    private readonly string _prefix;
    private readonly int _unknownId, _maxWordLength, _longestFirst, _longestNext;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _first, _next;

    /// <summary>The id of each character of ASCII as a word, or -1: half of the words in code are single characters.</summary>
    private readonly int[] _characters;

    /// <summary>Creates a model.</summary>
    /// <param name="source">The name of its source, for messages.</param>
    /// <param name="vocabulary">The tokens and their ids.</param>
    /// <param name="unknown">The unknown token.</param>
    /// <param name="prefix">The prefix of a token that continues a word.</param>
    /// <param name="maxWordLength">The maximum number of characters in a word; longer ones are unknown.</param>
    /// <exception cref="ModelFormatException">The unknown token is not in the vocabulary.</exception>
    public WordPieceModel(string source, Dictionary<string, int> vocabulary, string unknown, string prefix, int maxWordLength)
    {
        if (!vocabulary.TryGetValue(unknown, out _unknownId))
        {
            throw new ModelFormatException(
                $"the unknown token {MessageText.Quote(unknown)} is missing in the vocabulary in {source}.");
        }

        (Vocabulary, _prefix, _maxWordLength) = (vocabulary, prefix, maxWordLength);
        Dictionary<string, int> next = vocabulary.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value);
        _characters =
        [
            .. Enumerable.Range(0, maxWordLength > 0 ? 128 : 0)
                .Select(value => vocabulary.GetValueOrDefault($"{(char)value}", -1)),
        ];
        _first = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _next = next.GetAlternateLookup<ReadOnlySpan<char>>();
        _longestFirst = vocabulary.Keys.Max(token => token.Length);
        _longestNext = next.Keys.Select(token => token.Length).DefaultIfEmpty().Max();
    }

    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["WordPiece"];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <inheritdoc/>
    public override bool ReadsBytes => false;

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of(
        "WordPiece",
        [
            _unknownId, _prefix, _maxWordLength,
            .. Vocabulary.OrderBy(entry => entry.Value).SelectMany(entry => new object[] { entry.Value, entry.Key }),
        ]);

    /// <inheritdoc/>
    public static TokenizerModel Read(TokenizerJsonObject json) => new WordPieceModel(
        TokenizerJson.FileName,
        Tokenizers.Vocabulary.Read(json),
        json.String("unk_token"),
        json.String("continuing_subword_prefix"),
        json.Count("max_input_chars_per_word"));

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> word, List<int> ids, CancellationToken cancellationToken)
    {
        if (word is [var single] && single < _characters.Length && _characters[single] is >= 0 and var character)
        {
            ids.Add(character);
            return;
        }

        int before = ids.Count;
        bool isKnown = !IsTooLong(word);
        for (int position = 0; isKnown && position < word.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = position == 0
                ? FindLongest(_first, word, _longestFirst, out int id)
                : FindLongest(_next, word[position..], _longestNext, out id);
            ids.Add(id);
            position += length;
            isKnown = length > 0;
        }

        if (isKnown)
            return;

        ids.RemoveRange(before, ids.Count - before);
        ids.Add(_unknownId);
    }

    /// <summary>The length of the longest token that a text begins with; 0 if it begins with no token.</summary>
    private static int FindLongest(
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> tokens, ReadOnlySpan<char> text, int longest, out int id)
    {
        for (int length = Math.Min(text.Length, longest); length > 0; length--)
        {
            // A surrogate is not a character.
            bool isWhole = length == text.Length || !char.IsLowSurrogate(text[length]);
            if (isWhole && tokens.TryGetValue(text[..length], out id))
                return length;
        }

        id = 0;
        return 0;
    }

    private bool IsTooLong(ReadOnlySpan<char> word)
    {
        // A character is one or two UTF-16 units.
        if (word.Length <= _maxWordLength)
            return false;

        int characters = word.Length;
        foreach (char unit in word)
            characters -= char.IsLowSurrogate(unit) ? 1 : 0;

        return characters > _maxWordLength;
    }
}
