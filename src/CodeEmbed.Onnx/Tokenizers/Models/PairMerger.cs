using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Tokenizers.Models;

/// <summary>
///   Byte-pair encoding of words of any length, in linear time, with little memory besides the word, and stoppable.
/// </summary>
/// <remarks>
///   <para>
///     <c>BpeTokenizer</c> in Microsoft.ML.Tokenizers takes time quadratic in a word's length: half a minute for 800,000 letters
///     without a space, as packed or generated code may have. It is still used for shorter words.
///   </para>
///   <para>
///     The pair that was merged first in training is merged first; if it occurs several times, the leftmost: Sennrich et al.,
///     "Neural Machine Translation of Rare Words with Subword Units", 2016, as implemented in Hugging Face's tokenizers.
///   </para>
///   <para>
///     The word is encoded in windows. The result is exact, because tokens are the encoding of a word if and only if every two
///     neighbours are the encoding of their text. For suppose that all neighbours are, and that merging the whole word crosses a
///     boundary between two of them: up to the first such merge, each token is merged as if it were alone, so those two would
///     also be merged across their boundary alone.
///   </para>
/// </remarks>
internal sealed class PairMerger
{
    private const int None = -1;

    /// <summary>The number of steps between checks for a stop.</summary>
    private const int StepsBetweenChecks = 4096;

    /// <summary>
    ///   How many more symbols a window has than the one before; the last half of them may still change with later symbols.
    /// </summary>
    private const int Step = 4096;

    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges;

    /// <summary>Creates an encoder.</summary>
    /// <param name="source">The name of the source, for messages.</param>
    /// <param name="vocabulary">The tokens and their ids.</param>
    /// <param name="merges">The merges in order of priority; each is two tokens separated by a space.</param>
    /// <exception cref="ModelFormatException">A token that the merges name is not in the vocabulary.</exception>
    public PairMerger(string source, IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<string> merges)
    {
        int Id(string token) => vocabulary.TryGetValue(token, out int id)
            ? id
            : throw new ModelFormatException($"the token {MessageText.Quote(token)} is missing in the vocabulary in {source}.");

        _merges = new Dictionary<(int Left, int Right), (int Rank, int Id)>(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            string[] pair = merges[rank].Split(' ');
            if (pair.Length != 2)
            {
                throw new ModelFormatException(
                    $"the line {MessageText.Quote(merges[rank])} in {source} is not a pair of tokens.");
            }

            _merges[(Id(pair[0]), Id(pair[1]))] = (rank, Id(pair[0] + pair[1]));
        }
    }

    /// <summary>Encodes a word.</summary>
    /// <param name="symbols">The ids of the tokens that it is made of before anything is merged.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public void Encode(ReadOnlySpan<int> symbols, List<int> ids, CancellationToken cancellationToken)
    {
        var passed = new Stack<Border>();
        var border = new Border(ids.Count, Symbol: 0, LastLength: 0);
        int end = 0, step = Step;
        do
        {
            end = Math.Min(symbols.Length, end + step);
            List<Token> window = Merge(symbols[border.Symbol..end], cancellationToken);
            for (int back = 1; !Holds(symbols, border, window, cancellationToken); back *= 2)
            {
                for (int i = 0; i < back && passed.Count > 0; i++)
                    border = passed.Pop();

                ids.RemoveRange(border.Ids, ids.Count - border.Ids);
                window = Merge(symbols[border.Symbol..end], cancellationToken);
            }

            // If little settles, windows that grow no faster than the part they process again would take quadratic time.
            step = Math.Max(step, (end - border.Symbol) / 2);
            int certain = end == symbols.Length ? end : end - (step / 2);
            passed.Push(border);
            foreach (Token token in window)
            {
                if (border.Symbol + token.Length > certain)
                    break;

                ids.Add(token.Id);
                border = new Border(ids.Count, border.Symbol + token.Length, token.Length);
            }
        }
        while (end < symbols.Length);
    }

    /// <summary>Whether the token before a border and the first one after it are the encoding of their text.</summary>
    private bool Holds(ReadOnlySpan<int> symbols, Border border, List<Token> behind, CancellationToken cancellationToken) =>
        border.Symbol == 0 || behind.Count == 0
        || (Merge(symbols[(border.Symbol - border.LastLength)..(border.Symbol + behind[0].Length)], cancellationToken)
            is [var last, _] && last.Length == border.LastLength);

    private List<Token> Merge(ReadOnlySpan<int> symbols, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int[] id = symbols.ToArray(), next = [.. Enumerable.Range(1, id.Length)], previous = [.. Enumerable.Range(-1, id.Length)];
        var pairs = new PriorityQueue<(int Position, int Left, int Right), (int Rank, int Position)>();
        for (int i = 0; i + 1 < id.Length; i++)
            Offer(i, i + 1);

        for (int steps = 1; pairs.TryDequeue(out (int Position, int Left, int Right) pair, out _); steps++)
        {
            if (steps % StepsBetweenChecks == 0)
                cancellationToken.ThrowIfCancellationRequested();

            // A pair no longer exists if one of its parts was merged meanwhile.
            int left = pair.Position, right = next[left];
            if (id[left] != pair.Left || right >= id.Length || id[right] != pair.Right)
                continue;

            id[left] = _merges[(pair.Left, pair.Right)].Id;
            id[right] = None;
            next[left] = next[right];
            if (next[left] < id.Length)
            {
                previous[next[left]] = left;
                Offer(left, next[left]);
            }

            if (previous[left] >= 0)
                Offer(previous[left], left);
        }

        var tokens = new List<Token>();
        for (int i = 0; i < id.Length; i = next[i])
            tokens.Add(new Token(id[i], next[i] - i));

        return tokens;

        void Offer(int left, int right)
        {
            if (_merges.TryGetValue((id[left], id[right]), out (int Rank, int Id) merge))
                pairs.Enqueue((left, id[left], id[right]), (merge.Rank, left));
        }
    }

    /// <summary>A token.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Length">How many symbols it is made of.</param>
    private readonly record struct Token(int Id, int Length);

    /// <summary>The end of the settled part.</summary>
    /// <param name="Ids">How many ids there are before it.</param>
    /// <param name="Symbol">The symbol after it.</param>
    /// <param name="LastLength">How many symbols the token before it is made of.</param>
    private readonly record struct Border(int Ids, int Symbol, int LastLength);
}
