using System.Buffers;
using System.Text;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Tokenizers.Models;
using CodeEmbed.Onnx.Tokenizers.Regex;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>The stage that finds the tokens that occur literally in a text.</summary>
/// <remarks>The same as <c>AddedVocabulary::extract_and_normalize</c> in Hugging Face's tokenizers.</remarks>
internal sealed class AddedVocabulary
{
    private readonly Finder _notNormalized, _normalized;
    private readonly Func<string, string> _normalize;

    /// <summary>Creates the stage.</summary>
    /// <param name="tokens">The tokens; none of them is empty.</param>
    /// <param name="normalize">Normalizes a text.</param>
    /// <exception cref="ModelFormatException">A token is empty after it is normalized.</exception>
    public AddedVocabulary(IReadOnlyList<AddedToken> tokens, Func<string, string> normalize)
    {
        _normalize = normalize;
        _notNormalized = new Finder(tokens.Where(token => !token.Normalized));
        _normalized = new Finder(tokens.Where(token => token.Normalized).Select(Normalize));
    }

    /// <summary>Everything that affects what is found, for the fingerprint.</summary>
    /// <param name="tokens">The tokens, in any order.</param>
    /// <param name="isNormalized">Whether there is a normalizer: only then does it matter which tokens are normalized.</param>
    public static string Identify(IReadOnlyList<AddedToken> tokens, bool isNormalized) => Identity.Of(
        "added tokens",
        tokens.OrderBy(token => token.Content, StringComparer.Ordinal).SelectMany(token => new object[]
        {
            token.Content, token.Id, token.LeftStrip, token.RightStrip, token.SingleWord, isNormalized && token.Normalized,
        }));

    /// <summary>Splits a text without lone surrogates.</summary>
    /// <returns>In order: pieces of text, normalized and none of them empty, and tokens.</returns>
    public IEnumerable<(string Piece, AddedToken? Token)> Split(string text)
    {
        foreach ((string piece, AddedToken? token) in _notNormalized.Split(text))
        {
            if (token is not null)
            {
                yield return (piece, token);
                continue;
            }

            foreach ((string, AddedToken?) part in _normalized.Split(_normalize(piece)))
                yield return part;
        }
    }

    private AddedToken Normalize(AddedToken token) => _normalize(token.Content) is { Length: > 0 } content
        ? token with { Content = content }
        : throw new ModelFormatException($"the normalizer makes the added token {MessageText.Quote(token.Content)} empty.");

    /// <summary>Finds tokens in a text, from left to right: the longest match at each position.</summary>
    /// <remarks>The same as <c>AddedVocabulary::find_matches</c> in Hugging Face's tokenizers.</remarks>
    private sealed class Finder
    {
        /// <summary>Searching for this many characters is faster than looking at each one.</summary>
        private const int FewCharacters = 5;

        private readonly AddedToken[] _tokens;
        private readonly TokenTrie _places;
        private readonly SearchValues<char>? _firstCharacters;
        private readonly PrefixFilter? _prefixes;

        /// <summary>Creates an instance for tokens, none of which is empty.</summary>
        public Finder(IEnumerable<AddedToken> tokens)
        {
            // If several have the same text, the first one counts.
            _tokens = [.. tokens.DistinctBy(token => token.Content)];
            _places = new TokenTrie(
                Enumerable.Range(0, _tokens.Length).ToDictionary(place => _tokens[place].Content, place => place));
            char[] first = [.. _tokens.Select(token => token.Content[0]).Distinct()];
            if (first.Length <= FewCharacters)
                _firstCharacters = SearchValues.Create(first);
            else
                _prefixes = new PrefixFilter([.. _tokens.Select(token => token.Content)]);
        }

        /// <summary>Splits a text.</summary>
        /// <returns>In order: pieces of text, none of them empty, and tokens.</returns>
        public IEnumerable<(string Piece, AddedToken? Token)> Split(string text)
        {
            int taken = 0, search = 0;
            while (FindNext(text, search) is { } match)
            {
                int end = match.Start + match.Token.Content.Length;
                search = end;
                if (match.Token.SingleWord && (IsWordBefore(text, match.Start) || IsWordAt(text, end)))
                    continue;

                int start = match.Start;
                if (match.Token.LeftStrip)
                {
                    while (start > taken && char.IsWhiteSpace(text[start - 1]))
                        start--;

                    start = Math.Max(start, taken);
                }

                if (match.Token.RightStrip)
                {
                    while (end < text.Length && char.IsWhiteSpace(text[end]))
                        end++;
                }

                if (start > taken)
                    yield return (text[taken..start], null);

                // This token can also include white space that the previous token included, unless nothing is left of it because
                // it includes the white space before it; either way the text continues after this token.
                if (end > start)
                    yield return (match.Token.Content, match.Token);

                taken = end;
            }

            if (taken < text.Length)
                yield return (text[taken..], null);
        }

        private (int Start, AddedToken Token)? FindNext(string text, int from)
        {
            while (from < text.Length)
            {
                from = FindCandidate(text, from);
                if (FindLongest(text.AsSpan(from)) is { } token)
                    return (from, token);

                from++;
            }

            return null;
        }

        /// <summary>The next position where a token may begin; the end of the text if no token can follow.</summary>
        private int FindCandidate(string text, int from)
        {
            if (_prefixes is not null)
                return _prefixes.FindNext(text, from);

            int found = text.AsSpan(from).IndexOfAny(_firstCharacters!);
            return found < 0 ? text.Length : from + found;
        }

        private AddedToken? FindLongest(ReadOnlySpan<char> text)
        {
            int longest = TokenTrie.None, node = TokenTrie.Root;
            foreach (char character in text)
            {
                node = _places.Step(node, character);
                if (node == TokenTrie.None)
                    break;

                if (_places.IdAt(node) is var place && place != TokenTrie.None)
                    longest = place;
            }

            return longest == TokenTrie.None ? null : _tokens[longest];
        }

        private static bool IsWordBefore(string text, int position) =>
            position > 0 && Rune.DecodeLastFromUtf16(text.AsSpan(0, position), out Rune rune, out _) == OperationStatus.Done
                && UnicodeCategories.IsWordOrJoiner(rune);

        private static bool IsWordAt(string text, int position) =>
            position < text.Length && Rune.DecodeFromUtf16(text.AsSpan(position), out Rune rune, out _) == OperationStatus.Done
                && UnicodeCategories.IsWordOrJoiner(rune);
    }
}
