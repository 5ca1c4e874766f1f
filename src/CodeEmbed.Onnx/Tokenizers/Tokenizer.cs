using System.Text;
using CodeEmbed.Onnx.Tokenizers.Models;
using CodeEmbed.Onnx.Tokenizers.Normalizers;
using CodeEmbed.Onnx.Tokenizers.PostProcessors;
using CodeEmbed.Onnx.Tokenizers.PreTokenizers;

namespace CodeEmbed.Onnx.Tokenizers;

// The stages for a text, as in Hugging Face's tokenizers, each in a folder of that name next to this file:
//
//   1. AddedVocabulary   finds the tokens that occur literally in the text: first those that are not normalized, then those
//                        that are in the normalized rest.
//   2. Normalizers       change each piece between them: NFC, lower case, BERT's cleaning.
//   3. PreTokenizers     split each piece into words, one pre-tokenizer after another.
//   4. Models            turn each word into tokens: BPE, WordPiece, Unigram.
//   5. PostProcessors    put special tokens around all of them. Longer sequences are cut before that.
//
// A stage is one file in its folder. It implements IStage, so that TokenizerJson finds it by the type in tokenizer.json, and its
// identity is part of the fingerprint. ByteLevelFiles creates the same objects from vocab.json with merges.txt, and
// WordPieceFiles from vocab.txt.

/// <summary>Turns text into token ids like Hugging Face's fast tokenizers. Thread-safe.</summary>
/// <param name="addedTokens">The tokens that are matched literally in the text.</param>
/// <param name="normalizers">The stages that change the text, in order.</param>
/// <param name="preTokenizers">The stages that split it into words, in order.</param>
/// <param name="model">The stage that turns words into tokens.</param>
/// <param name="postProcessors">The stages that put special tokens around them.</param>
internal sealed class Tokenizer(
    IReadOnlyList<AddedToken> addedTokens,
    IReadOnlyList<Normalizer> normalizers,
    IReadOnlyList<PreTokenizer> preTokenizers,
    TokenizerModel model,
    IReadOnlyList<PostProcessor> postProcessors)
{
    /// <summary>An id that is removed from every sequence.</summary>
    private int? _droppedId;

    /// <summary>A text is cut to this many characters times the maximum number of ids.</summary>
    private int? _charactersPerId;

    private readonly AddedVocabulary _added = new(addedTokens, text => Normalize(text, normalizers));

    /// <summary>The tokens that are matched literally in the text.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => addedTokens;

    /// <summary>The stage that turns words into tokens.</summary>
    public TokenizerModel Model => model;

    /// <summary>
    ///   The id of the model's unknown token (<c>unk_token</c>), or <see langword="null"/> if it has none.
    /// </summary>
    public int? UnknownId { get; init; }

    /// <summary>Whether a text that is too long loses its beginning, and not its end.</summary>
    public bool KeepsEnd { get; private set; }

    /// <summary>The ids before every sequence.</summary>
    public IReadOnlyList<int> StartIds { get; private set; } = [.. postProcessors.SelectMany(processor => processor.StartIds)];

    /// <summary>The ids after every sequence.</summary>
    public IReadOnlyList<int> EndIds { get; private set; } = [.. postProcessors.SelectMany(processor => processor.EndIds)];

    /// <summary>The number of ids around every sequence.</summary>
    public int SpecialTokens => StartIds.Count + EndIds.Count;

    /// <summary>The largest id that a sequence can hold.</summary>
    public int LargestId =>
        model.Vocabulary.Values.Concat(addedTokens.Select(token => token.Id)).Concat(StartIds).Concat(EndIds).Max();

    /// <summary>Everything that affects the ids, for the fingerprint; independent of the files it was read from.</summary>
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
            .. KeepsEnd ? [Tokenizers.Identity.Of("keeps", "end")] : Array.Empty<object>(),
        ]);

    /// <summary>The same tokenizer, which lower-cases letters first unless it already does so.</summary>
    public Tokenizer Lowercasing() => normalizers.Any(normalizer => normalizer.Lowercases)
        ? this
        : new Tokenizer(addedTokens, [new LowercaseNormalizer(), .. normalizers], preTokenizers, model, postProcessors)
        {
            UnknownId = UnknownId,
            KeepsEnd = KeepsEnd,
        };

    /// <summary>The same tokenizer, which cuts a text that is too long at its beginning.</summary>
    public Tokenizer KeepingEnd()
    {
        var changed = (Tokenizer)MemberwiseClone();
        changed.KeepsEnd = true;
        return changed;
    }

    /// <summary>The same tokenizer with another rule.</summary>
    public Tokenizer Under(EncodingRule rule)
    {
        if (rule == EncodingRule.Whole)
            return this;

        var changed = (Tokenizer)MemberwiseClone();
        (changed.StartIds, changed.EndIds, changed.KeepsEnd) = ([], [], false);
        if (rule == EncodingRule.Model2Vec)
            (changed._droppedId, changed._charactersPerId) = (UnknownId, FindMedianLength());

        return changed;
    }

    /// <summary>Encodes a text.</summary>
    /// <param name="text">The text; lone surrogates are read as U+FFFD.</param>
    /// <param name="maxLength">The maximum number of ids, including the special ones; more than the special ones alone.</param>
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
        long[] sequence = [.. StartIds, .. KeepsEnd ? ids.TakeLast(kept) : ids.Take(kept), .. EndIds];
        return new TokenSequence(sequence, ids.Count - kept + unseen);
    }

    /// <summary>Divides a text into windows.</summary>
    /// <param name="text">The prompt and the text; lone surrogates are read as U+FFFD.</param>
    /// <param name="promptTokens">How many of its tokens at the start belong to the prompt.</param>
    /// <param name="maxLength">The maximum number of ids in a window, including the special ones.</param>
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

    /// <summary>The index in the text where the encoded part ends.</summary>
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
        // Decoding to runes replaces each lone surrogate with U+FFFD; almost no text has any.
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return text;

        var valid = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            valid.Append(rune);

        return valid.ToString();
    }
}
