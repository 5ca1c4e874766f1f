using System.Text;
using CodeEmbed.Onnx.Tokenizers.Models;
using CodeEmbed.Onnx.Tokenizers.Normalizers;
using CodeEmbed.Onnx.Tokenizers.PostProcessors;
using CodeEmbed.Onnx.Tokenizers.PreTokenizers;

namespace CodeEmbed.Onnx.Tokenizers;

// The way of a text, in the stages of Hugging Face's tokenizers, each with a folder of this name beside this file:
//
//   1. AddedVocabulary   finds the tokens that stand in the text as they are written: those that are not normalized first,
//                        those that are in what the normalizers made of the rest.
//   2. Normalizers       change each piece between them: NFC, lower case, BERT's cleaning.
//   3. PreTokenizers     split each piece into words, one pre-tokenizer after the other.
//   4. Models            make tokens of each word: BPE, WordPiece, Unigram.
//   5. PostProcessors    put special tokens around all of them. What is longer than the maximum length is cut before that.
//
// A stage is one file in its folder. It implements IStage, so that TokenizerJson finds it by the type in tokenizer.json, and its
// identity goes into the fingerprint. ByteLevelFiles makes the same objects of vocab.json with merges.txt, and WordPieceFiles of
// vocab.txt.

/// <summary>Turns text into token ids as Hugging Face's fast tokenizers do. For several threads at once.</summary>
/// <param name="addedTokens">The tokens that are found in the text as they are written.</param>
/// <param name="normalizers">What changes the text, in order.</param>
/// <param name="preTokenizers">What splits it into words, in order.</param>
/// <param name="model">What makes tokens of the words.</param>
/// <param name="postProcessors">What puts special tokens around them.</param>
internal sealed class Tokenizer(
    IReadOnlyList<AddedToken> addedTokens,
    IReadOnlyList<Normalizer> normalizers,
    IReadOnlyList<PreTokenizer> preTokenizers,
    TokenizerModel model,
    IReadOnlyList<PostProcessor> postProcessors)
{
    /// <summary>An id that is left out of every sequence.</summary>
    private int? _droppedId;

    /// <summary>A text is cut to as many characters as this times the number of ids there may be.</summary>
    private int? _charactersPerId;

    private readonly AddedVocabulary _added = new(addedTokens, text => Normalize(text, normalizers));

    /// <summary>The tokens that are found in the text as they are written.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => addedTokens;

    /// <summary>What makes tokens of words.</summary>
    public TokenizerModel Model => model;

    /// <summary>
    ///   The id of what the model calls unknown (<c>unk_token</c>), or <see langword="null"/> if it calls nothing so.
    /// </summary>
    public int? UnknownId { get; init; }

    /// <summary>The ids before every sequence.</summary>
    public IReadOnlyList<int> StartIds { get; private set; } = [.. postProcessors.SelectMany(processor => processor.StartIds)];

    /// <summary>The ids after every sequence.</summary>
    public IReadOnlyList<int> EndIds { get; private set; } = [.. postProcessors.SelectMany(processor => processor.EndIds)];

    /// <summary>The number of ids around every sequence.</summary>
    public int SpecialTokens => StartIds.Count + EndIds.Count;

    /// <summary>The largest id that a sequence can hold.</summary>
    public int LargestId =>
        model.Vocabulary.Values.Concat(addedTokens.Select(token => token.Id)).Concat(StartIds).Concat(EndIds).Max();

    /// <summary>All that decides the ids, for the fingerprint; the same whatever files the tokenizer was read from.</summary>
    public string Identity => Tokenizers.Identity.Of(
        "Tokenizer",
        [
            AddedVocabulary.Identify(addedTokens, isNormalized: normalizers.Count > 0),
            Tokenizers.Identity.Of("normalizers", normalizers.Select(normalizer => normalizer.Identity)),
            Tokenizers.Identity.Of("pre-tokenizers", preTokenizers.Select(preTokenizer => preTokenizer.Identity)),
            model.Identity,
            Tokenizers.Identity.Of("start", StartIds.Cast<object>()),
            Tokenizers.Identity.Of("end", EndIds.Cast<object>()),
            .. _charactersPerId is { } characters
                ? [Tokenizers.Identity.Of("cut", characters, _droppedId ?? -1)]
                : Array.Empty<object>(),
        ]);

    /// <summary>The same tokenizer, which makes letters lower case before all else unless it does so already.</summary>
    public Tokenizer Lowercasing() => normalizers.Any(normalizer => normalizer.Lowercases)
        ? this
        : new Tokenizer(addedTokens, [new LowercaseNormalizer(), .. normalizers], preTokenizers, model, postProcessors);

    /// <summary>The same tokenizer, by another rule.</summary>
    public Tokenizer Under(EncodingRule rule)
    {
        if (rule == EncodingRule.Whole)
            return this;

        var changed = (Tokenizer)MemberwiseClone();
        (changed.StartIds, changed.EndIds) = ([], []);
        if (rule == EncodingRule.Model2Vec)
            (changed._droppedId, changed._charactersPerId) = (UnknownId, FindMedianLength());

        return changed;
    }

    /// <summary>Encodes a text.</summary>
    /// <param name="text">The text; lone surrogates are read as U+FFFD.</param>
    /// <param name="maxLength">How many ids there may be, the special ones included; more than the special ones alone.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="TimeoutException">A pattern takes too long.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public TokenSequence Encode(string text, int maxLength, CancellationToken cancellationToken)
    {
        text = ReplaceLoneSurrogates(text);
        int end = FindEnd(text, maxLength);
        List<int> ids = Encode(end == text.Length ? text : text[..end], cancellationToken);
        int unseen = end == text.Length ? 0 : Encode(text[end..], cancellationToken).Count;
        int kept = Math.Min(ids.Count, maxLength - SpecialTokens);
        long[] sequence = [.. StartIds, .. ids.Take(kept), .. EndIds];
        return new TokenSequence(sequence, ids.Count - kept + unseen);
    }

    /// <summary>Divides a text into windows.</summary>
    /// <param name="text">The prompt and the text; lone surrogates are read as U+FFFD.</param>
    /// <param name="promptTokens">How many of its tokens, from the first on, are the prompt's.</param>
    /// <param name="maxLength">How many ids a window may have, the special ones included.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="TimeoutException">A pattern takes too long.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public TokenWindows Divide(string text, int promptTokens, int maxLength, CancellationToken cancellationToken) =>
        new(StartIds, Encode(ReplaceLoneSurrogates(text), cancellationToken), EndIds, promptTokens, maxLength);

    /// <summary>Encodes a text without lone surrogates, without special tokens around it.</summary>
    private List<int> Encode(string text, CancellationToken cancellationToken)
    {
        var ids = new List<int>();
        bool isBeginning = true;
        foreach ((string piece, AddedToken? token) in _added.Split(text))
        {
            if (token is not null)
                ids.Add(token.Id);
            else
                Encode(piece, isBeginning, ids, cancellationToken);

            isBeginning = false;
        }

        if (_droppedId is { } dropped)
            ids.RemoveAll(id => id == dropped);

        return ids;
    }

    /// <summary>Where the text ends that is encoded: an index in it.</summary>
    private int FindEnd(string text, int maxLength)
    {
        long characters = (_charactersPerId ?? int.MaxValue) * (long)maxLength;
        if (text.Length <= characters)
            return text.Length;

        int end = 0;
        for (long count = 0; count < characters && end < text.Length; count++)
            end += char.IsHighSurrogate(text[end]) ? 2 : 1;

        return end;
    }

    /// <summary>The median of the lengths of all tokens in code points, rounded down.</summary>
    private int FindMedianLength()
    {
        int[] lengths =
        [
            .. model.Vocabulary.Keys.Union(addedTokens.Select(token => token.Content))
                .Select(token => token.Length - token.Count(char.IsLowSurrogate))
                .Order(),
        ];
        return (lengths[(lengths.Length - 1) / 2] + lengths[lengths.Length / 2]) / 2;
    }

    /// <summary>Encodes normalized text without added tokens.</summary>
    private void Encode(string text, bool isBeginning, List<int> ids, CancellationToken cancellationToken)
    {
        IEnumerable<ReadOnlyMemory<char>> words = [text.AsMemory()];
        if (preTokenizers is [var first, ..])
        {
            words = isBeginning
                ? first.SplitBeginning(text.AsMemory(), cancellationToken)
                : first.Split(text.AsMemory(), cancellationToken);
        }

        foreach (PreTokenizer preTokenizer in preTokenizers.Skip(1))
            words = words.SelectMany(word => preTokenizer.Split(word, cancellationToken));

        foreach (ReadOnlyMemory<char> word in words)
        {
            cancellationToken.ThrowIfCancellationRequested();
            model.Encode(word.Span, ids, cancellationToken);
        }
    }

    private static string Normalize(string text, IReadOnlyList<Normalizer> normalizers)
    {
        foreach (Normalizer normalizer in normalizers)
            text = normalizer.Normalize(text);

        return text;
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
