using System.Text;
using CodeEmbed.Errors;
using Microsoft.ML.Tokenizers;

namespace CodeEmbed.Onnx.Tokenization;

/// <summary>Turns text into token ids as Hugging Face's fast tokenizers do. For several threads at once.</summary>
internal sealed class ByteLevelBpeTokenizer
{
    /// <summary>Words from this length on, in UTF-16 units, are not encoded by the library; see <see cref="LongWordEncoder"/>.</summary>
    private const int LongWord = 4096;

    private readonly TokenizerDefinition _definition;
    private readonly BpeTokenizer _bpe;
    private readonly AddedTokenSplitter _notNormalized, _normalized;
    private readonly Lazy<LongWordEncoder> _longWords;
    private readonly int _longestToken;

    /// <summary>Makes a tokenizer.</summary>
    /// <exception cref="ModelFormatException">The vocabulary and the merges contradict each other.</exception>
    public ByteLevelBpeTokenizer(TokenizerDefinition definition)
    {
        _definition = definition;
        _notNormalized = new AddedTokenSplitter(definition.AddedTokens.Where(token => !token.Normalized));
        _normalized = new AddedTokenSplitter(
            definition.AddedTokens.Where(token => token.Normalized).Select(token => token with { Content = Normalize(token.Content) }));
        _longWords = new Lazy<LongWordEncoder>(() => new LongWordEncoder(definition));
        _longestToken = definition.Vocabulary.Keys.Max(token => token.Length);
        try
        {
            _bpe = BpeTokenizer.Create(new BpeOptions(definition.Vocabulary)
            {
                Merges = definition.Merges,
                ByteLevel = true,
            });
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ModelFormatException(
                $"the vocabulary and the merges in {definition.Source} do not fit together: {DescribeMisfit(definition)}.", e);
        }
    }

    /// <summary>Encodes a text.</summary>
    /// <param name="text">The text; lone surrogates are read as U+FFFD.</param>
    /// <param name="maxLength">How many ids there may be, the special ones included; more than the special ones alone.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public TokenSequence Encode(string text, int maxLength, CancellationToken cancellationToken)
    {
        var ids = new List<int>();
        foreach ((string piece, AddedToken? token) in Split(ReplaceLoneSurrogates(text)))
        {
            if (token is not null)
                ids.Add(token.Id);
            else
                Encode(piece, ids, cancellationToken);
        }

        int kept = Math.Min(ids.Count, maxLength - _definition.SpecialTokens);
        long[] sequence = [.. _definition.StartIds, .. ids.Take(kept), .. _definition.EndIds];
        return new TokenSequence(sequence, ids.Count - kept);
    }

    private IEnumerable<(string Piece, AddedToken? Token)> Split(string text)
    {
        foreach ((string piece, AddedToken? token) in _notNormalized.Split(text))
        {
            if (token is not null)
            {
                yield return (piece, token);
                continue;
            }

            foreach ((string, AddedToken?) part in _normalized.Split(Normalize(piece)))
                yield return part;
        }
    }

    /// <summary>Encodes text without added tokens.</summary>
    private void Encode(string text, List<int> ids, CancellationToken cancellationToken)
    {
        IEnumerable<string> pieces = [text];
        foreach (IPreTokenizer preTokenizer in _definition.PreTokenizers)
        {
            pieces = pieces.SelectMany(
                piece => preTokenizer.Split(piece, cancellationToken).Select(part => piece.Substring(part.Offset, part.Length)));
        }

        foreach (string piece in pieces)
        {
            string prepared = _definition.AddPrefixSpace && piece[0] != ' ' ? ' ' + piece : piece;
            foreach ((int offset, int length) in _definition.SplitsAsGpt2 ? Gpt2PreTokenizer.Split(prepared) : [(0, prepared.Length)])
            {
                cancellationToken.ThrowIfCancellationRequested();
                EncodeWord(prepared, offset, length, ids, cancellationToken);
            }
        }
    }

    private void EncodeWord(string text, int offset, int length, List<int> ids, CancellationToken cancellationToken)
    {
        if (_definition.IgnoreMerges && FindToken(text.AsSpan(offset, length)) is { } id)
            ids.Add(id);
        else if (length < LongWord && _definition.UnknownId is null)
            ids.AddRange(_bpe.EncodeToIds(text.AsSpan(offset, length), considerPreTokenization: false, considerNormalization: false));
        else
            _longWords.Value.Encode(Encoding.UTF8.GetBytes(text, offset, length), ids, cancellationToken);
    }

    /// <summary>The id of a word that is a token.</summary>
    private int? FindToken(ReadOnlySpan<char> word)
    {
        // A token has one character for each byte of the word.
        if (word.Length > _longestToken)
            return null;

        var utf8 = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, utf8);
        string token = string.Create(utf8.Length, utf8, (characters, bytes) =>
        {
            for (int i = 0; i < characters.Length; i++)
                characters[i] = ByteLevelAlphabet.Characters[bytes[i]];
        });
        return _definition.Vocabulary.TryGetValue(token, out int id) ? id : null;
    }

    private string Normalize(string text)
    {
        foreach (INormalizer normalizer in _definition.Normalizers)
            text = normalizer.Normalize(text);

        return text;
    }

    /// <summary>The first merge that names a token which the vocabulary lacks.</summary>
    private static string DescribeMisfit(TokenizerDefinition definition)
    {
        string? merge = definition.Merges.FirstOrDefault(merge => merge.Split(' ') is not [var left, var right]
            || !new[] { left, right, left + right }.All(definition.Vocabulary.ContainsKey));
        return merge is null ? "the vocabulary is not one of byte-level BPE" : $"the merge {MessageText.Quote(merge)} names a token that the vocabulary lacks";
    }

    private static string ReplaceLoneSurrogates(string text)
    {
        // Decoding to runes replaces each with U+FFFD; almost no text has any.
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return text;

        var valid = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            valid.Append(rune);

        return valid.ToString();
    }
}
