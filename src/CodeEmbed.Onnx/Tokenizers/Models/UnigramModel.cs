using System.Numerics;
using System.Text;
using System.Text.Json;
using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Tokenizers.Models;

/// <summary>
///   <c>Unigram</c> in Hugging Face's tokenizers: of all ways to split a word into tokens, the one with the largest sum of
///   scores. Consecutive characters without tokens become one unknown token.
/// </summary>
/// <remarks>
///   Kudo, "Subword Regularization", 2018; implemented like <c>Unigram::encode_optimized</c>, in linear time.
/// </remarks>
internal sealed class UnigramModel : TokenizerModel, IStage<TokenizerModel>
{
    /// <summary>How far the score of an unknown character is below the lowest score of a token.</summary>
    private const double UnknownPenalty = 10;

    /// <summary>The number of steps between checks for a stop.</summary>
    private const int StepsBetweenChecks = 4096;

    /// <summary>The longest word and token for which only stack memory is used.</summary>
    private const int ShortWord = 255, ShortToken = 64;

    /// <summary>Marks what ends at a position in a word, instead of a token's id.</summary>
    private const int Nothing = -1, Unknown = -2;

    private readonly double[] _scores;
    private readonly int[] _lengths;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly TokenTrie _trie;
    private readonly double _unknownScore;
    private readonly int _unknownId, _longest;
    private readonly int[]? _byteIds;
    private readonly bool _fallsBack;

    /// <summary>Creates a model.</summary>
    /// <param name="tokens">The tokens, which are distinct, and their scores; the index of each is its id.</param>
    /// <param name="unknownId">The id of the unknown token, which is one of them.</param>
    /// <param name="fallsBack">
    ///   Whether unknown characters become the tokens for their bytes, <c>&lt;0x00&gt;</c> and so on, if all of these exist.
    /// </param>
    public UnigramModel(IReadOnlyList<(string Token, double Score)> tokens, int unknownId, bool fallsBack)
    {
        var vocabulary = new Dictionary<string, int>(tokens.Count);
        for (int id = 0; id < tokens.Count; id++)
            vocabulary.Add(tokens[id].Token, id);

        (Vocabulary, _unknownId, _fallsBack) = (vocabulary, unknownId, fallsBack);
        _ids = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _scores = [.. tokens.Select(token => token.Score)];
        _lengths = [.. tokens.Select(token => token.Token.Length)];
        _longest = Math.Max(_lengths.Max(), 2);
        _unknownScore = _scores.Min() - UnknownPenalty;
        _trie = new TokenTrie(vocabulary);
        if (fallsBack)
            _byteIds = [.. Enumerable.Range(0, 256).Select(value => vocabulary.GetValueOrDefault($"<0x{value:X2}>", Nothing))];
    }

    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["Unigram"];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <inheritdoc/>
    public override bool ReadsBytes => false;

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of(
        "Unigram",
        [
            _unknownId, _fallsBack,
            .. Vocabulary.OrderBy(entry => entry.Value).SelectMany(entry => new object[] { entry.Key, _scores[entry.Value] }),
        ]);

    /// <inheritdoc/>
    public static TokenizerModel Read(TokenizerJsonObject json)
    {
        var tokens = new List<(string Token, double Score)>();
        var seen = new HashSet<string>();
        foreach (JsonElement entry in json.Array("vocab"))
        {
            (string Token, double Score) token = ReadToken(entry, json.NameOf("vocab"));
            if (!seen.Add(token.Token))
            {
                throw new ModelFormatException(
                    $"{json.NameOf("vocab")} has {MessageText.Quote(token.Token)} twice in {TokenizerJson.FileName}.");
            }

            tokens.Add(token);
        }

        if (tokens.Count == 0)
            throw new ModelFormatException($"{json.NameOf("vocab")} holds no tokens in {TokenizerJson.FileName}.");

        int unknownId = json.Id("unk_id");
        return unknownId < tokens.Count
            ? new UnigramModel(tokens, unknownId, json.Boolean("byte_fallback", missing: false))
            : throw new ModelFormatException(
                $"{json.NameOf("unk_id")} is {unknownId} in {TokenizerJson.FileName}, and {json.NameOf("vocab")} has "
                + $"{tokens.Count} tokens.");
    }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> word, List<int> ids, CancellationToken cancellationToken)
    {
        Span<int> ends = word.Length <= ShortWord ? stackalloc int[ShortWord + 1] : new int[word.Length + 1];
        ends = ends[..(word.Length + 1)];
        FindBest(word, ends, cancellationToken);

        // From the end, because only there is the best way known.
        int before = ids.Count;
        for (int end = word.Length; end > 0;)
        {
            int start = end;
            while (start > 0 && IsUnknown(ends[start]))
                start -= LengthOf(ends[start], word, start);

            if (start < end)
            {
                AddUnknown(word[start..end], ids);
            }
            else
            {
                ids.Add(ends[end]);
                start -= _lengths[ends[end]];
            }

            end = start;
        }

        ids.Reverse(before, ids.Count - before);
    }

    /// <summary>Finds the last token of the best way to each position in a word.</summary>
    private void FindBest(ReadOnlySpan<char> word, Span<int> ends, CancellationToken cancellationToken)
    {
        // Only as many sums are needed at a time as the length of a token.
        int window = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(_longest, word.Length) + 1), mask = window - 1;
        Span<double> sums = window <= ShortToken ? stackalloc double[ShortToken] : new double[window];
        sums[0] = 0;
        ends.Fill(Nothing);
        for (int start = 0, steps = 0, length; start < word.Length; start += length)
        {
            if (steps >= StepsBetweenChecks)
            {
                cancellationToken.ThrowIfCancellationRequested();
                steps = 0;
            }

            double sum = sums[start & mask];
            bool isKnown = false;
            length = char.IsHighSurrogate(word[start]) ? 2 : 1;
            int node = TokenTrie.Root;
            for (int end = start; end < word.Length && (node = _trie.Step(node, word[end])) != TokenTrie.None;)
            {
                end++;
                steps++;
                int id = _trie.IdAt(node);
                if (id == TokenTrie.None)
                    continue;

                Offer(end, id, sum + _scores[id], ends, sums, mask);
                isKnown |= end - start == length;
            }

            steps++;
            if (!isKnown)
                Offer(start + length, Unknown, sum + _unknownScore, ends, sums, mask);
        }
    }

    /// <summary>Uses a way to a position if it is the first or is better: of two equally good ones, the first stays.</summary>
    private static void Offer(int end, int id, double sum, Span<int> ends, Span<double> sums, int mask)
    {
        if (ends[end] != Nothing && !(sum > sums[end & mask]))
            return;

        ends[end] = id;
        sums[end & mask] = sum;
    }

    /// <summary>Whether a token is unknown, including the unknown token's own text.</summary>
    private bool IsUnknown(int id) => id == Unknown || id == _unknownId;

    private int LengthOf(int id, ReadOnlySpan<char> word, int end) =>
        id != Unknown ? _lengths[id] : char.IsLowSurrogate(word[end - 1]) ? 2 : 1;

    /// <summary>Adds the ids of consecutive unknown characters, the last first.</summary>
    private void AddUnknown(ReadOnlySpan<char> text, List<int> ids)
    {
        // Together they may be a token, such as the unknown token's own text.
        if (text.Length <= _longest && _ids.TryGetValue(text, out int id))
            ids.Add(id);
        else if (_byteIds is null || !TryAddBytes(text, _byteIds, ids))
            ids.Add(_unknownId);
    }

    private static bool TryAddBytes(ReadOnlySpan<char> text, int[] byteIds, List<int> ids)
    {
        var utf8 = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, utf8);
        if (utf8.Any(value => byteIds[value] == Nothing))
            return false;

        for (int i = utf8.Length - 1; i >= 0; i--)
            ids.Add(byteIds[utf8[i]]);

        return true;
    }

    /// <summary>A token is a list with its text and its score.</summary>
    private static (string Token, double Score) ReadToken(JsonElement entry, string name)
    {
        bool isPair = entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2
            && entry[0].ValueKind == JsonValueKind.String && entry[1].ValueKind == JsonValueKind.Number;
        if (!isPair)
            throw new ModelFormatException($"an element of {name} in {TokenizerJson.FileName} is not a token with its score.");

        string token = entry[0].GetString()!;
        double score = RustNumber.Parse(entry[1].GetRawText());
        return double.IsFinite(score)
            ? (token, score)
            : throw new ModelFormatException(
                $"the score of {MessageText.Quote(token)} is too large a number in {name} in {TokenizerJson.FileName}.");
    }
}
