using System.Text;
using CodeEmbed.Onnx.Models;
using Microsoft.ML.Tokenizers;

namespace CodeEmbed.Onnx.Tokenization;

/// <summary>Turns text into token ids as Hugging Face's <c>RobertaTokenizerFast</c> does. For several threads at once.</summary>
internal sealed class RobertaTokenizer
{
    private readonly TokenizerFiles _files;
    private readonly BpeTokenizer _bpe;
    private readonly AddedTokenSplitter _splitter;

    /// <summary>Makes a tokenizer.</summary>
    /// <exception cref="ModelFormatException">The vocabulary and the merges contradict each other.</exception>
    public RobertaTokenizer(TokenizerFiles files)
    {
        _files = files;
        _splitter = new AddedTokenSplitter(files.AddedTokens);
        try
        {
            _bpe = BpeTokenizer.Create(new BpeOptions(files.Vocabulary)
            {
                Merges = files.Merges,
                ByteLevel = true,
                PreTokenizer = new Gpt2PreTokenizer(),
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
    public TokenSequence Encode(string text, int maxLength)
    {
        var ids = new List<int>();
        string valid = ReplaceLoneSurrogates(text);
        foreach ((Range range, AddedToken? token) in _splitter.Split(valid))
        {
            if (token is not null)
                ids.Add(token.Id);
            else
                ids.AddRange(_bpe.EncodeToIds(Prepare(valid[range])));
        }

        int kept = Math.Min(ids.Count, maxLength - 2);
        var sequence = new long[kept + 2];
        sequence[0] = _files.StartId;
        for (int i = 0; i < kept; i++)
            sequence[i + 1] = ids[i];

        sequence[^1] = _files.EndId;
        return new TokenSequence(sequence, ids.Count - kept);
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
