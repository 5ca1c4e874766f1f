using System.Text;
using CodeEmbed.Onnx.Models;
using Microsoft.ML.Tokenizers;

namespace CodeEmbed.Onnx.Tokenization;

/// <summary>Turns text into token ids as Hugging Face's <c>RobertaTokenizerFast</c> does. For several threads at once.</summary>
internal sealed class RobertaTokenizer
{
    /// <summary>Words from this length on, in UTF-16 units, are not encoded by the library; see <see cref="LongWordEncoder"/>.</summary>
    private const int LongWord = 4096;

    private readonly TokenizerFiles _files;
    private readonly BpeTokenizer _bpe;
    private readonly AddedTokenSplitter _notNormalized, _normalized;
    private readonly Lazy<LongWordEncoder> _longWords;

    /// <summary>Makes a tokenizer.</summary>
    /// <exception cref="ModelFormatException">The vocabulary and the merges contradict each other.</exception>
    public RobertaTokenizer(TokenizerFiles files)
    {
        _files = files;
        _notNormalized = new AddedTokenSplitter(files.AddedTokens.Where(token => !token.Normalized));
        _normalized = new AddedTokenSplitter(files.AddedTokens.Where(token => token.Normalized));
        _longWords = new Lazy<LongWordEncoder>(() => new LongWordEncoder(files));
        try
        {
            _bpe = BpeTokenizer.Create(new BpeOptions(files.Vocabulary)
            {
                Merges = files.Merges,
                ByteLevel = true,
            });
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ModelFormatException($"vocab.json and merges.txt do not fit together: {e.Message}", e);
        }
    }

    /// <summary>Encodes a text.</summary>
    /// <param name="text">The text; lone surrogates are read as U+FFFD.</param>
    /// <param name="maxLength">How many ids there may be, the special ones included; at least 2.</param>
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
                Encode(Prepare(piece), ids, cancellationToken);
        }

        int kept = Math.Min(ids.Count, maxLength - 2);
        var sequence = new long[kept + 2];
        sequence[0] = _files.StartId;
        for (int i = 0; i < kept; i++)
            sequence[i + 1] = ids[i];

        sequence[^1] = _files.EndId;
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

            foreach ((string, AddedToken?) part in _normalized.Split(piece))
                yield return part;
        }
    }

    /// <summary>Encodes text without added tokens, word by word.</summary>
    private void Encode(string text, List<int> ids, CancellationToken cancellationToken)
    {
        foreach ((int offset, int length) in Gpt2PreTokenizer.Split(text))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (length < LongWord)
                ids.AddRange(_bpe.EncodeToIds(text.AsSpan(offset, length), considerPreTokenization: false, considerNormalization: false));
            else
                _longWords.Value.Encode(Encoding.UTF8.GetBytes(text, offset, length), ids, cancellationToken);
        }
    }

    private string Prepare(string text) => _files.AddPrefixSpace && text[0] != ' ' ? ' ' + text : text;

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
