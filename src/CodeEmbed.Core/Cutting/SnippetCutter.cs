namespace CodeEmbed.Cutting;

/// <summary>
///   Cuts a file into pieces of limited length: at its functions, its classes and the lines between them. A block that is too
///   large is cut at the blocks in it, and small neighbours become one piece: cAST, arXiv:2506.15655. The pieces, joined in
///   order, are the file.
/// </summary>
/// <remarks>Pieces are whole lines, unless a single line has too many tokens.</remarks>
/// <param name="lines">The file.</param>
/// <param name="counter">Counts tokens.</param>
/// <param name="maxLength">How many tokens a piece has at most.</param>
/// <param name="cancellationToken">Stops the work.</param>
internal sealed class SnippetCutter(
    TextLines lines, ITokenCounter counter, int maxLength, CancellationToken cancellationToken)
{
    /// <summary>
    ///   What part of the maximum length neighbours may have together, so that they become one piece, if one of them is a
    ///   function or class on its own. A function that shares its vector with many others is found less often.
    /// </summary>
    private const int SmallPart = 2;

    /// <summary>No token of a tokenizer is longer than this, so that a longer text need not be tried as a whole line.</summary>
    private const int LettersOfToken = 16;

    private readonly string _text = lines.Text;
    private readonly int _specialTokens = counter.Count([], cancellationToken);

    /// <summary>Cuts the file at its blocks.</summary>
    /// <param name="blocks">The outermost blocks.</param>
    public IReadOnlyList<Piece> Cut(IReadOnlyList<SourceBlock> blocks) => Cut(0, lines.Count, blocks, []);

    /// <summary>Cuts the file at its blank lines.</summary>
    public IReadOnlyList<Piece> CutParagraphs() => CutLines(0, lines.Count, [], isPart: false);

    /// <summary>Cuts lines of the file.</summary>
    /// <param name="first">The first line.</param>
    /// <param name="end">The line after the last one.</param>
    /// <param name="blocks">The blocks in them.</param>
    /// <param name="around">The names of the blocks around them.</param>
    private List<Piece> Cut(int first, int end, IReadOnlyList<SourceBlock> blocks, IReadOnlyList<PieceName> around)
    {
        var pieces = new List<Piece>();
        foreach ((int from, int to, SourceBlock? block) in Divide(first, end, blocks))
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<PieceName> names = block?.Name is { } name ? [Qualify(block.Kind!, name, around)] : around;
            bool isPart = block?.Name is null && around.Count > 0;
            if (TryMake(lines.Start(from), lines.Start(to), names, isPart) is { } whole)
                pieces.Add(whole);
            else if (block is { Children.Count: > 0 })
                pieces.AddRange(Cut(from, to, block.Children, names));
            else
                pieces.AddRange(CutLines(from, to, names, isPart: names.Count > 0));
        }

        return Merge(pieces);
    }

    /// <summary>The lines of each block, and those between blocks. Each line occurs exactly once.</summary>
    private List<(int First, int End, SourceBlock? Block)> Divide(
        int first, int end, IReadOnlyList<SourceBlock> blocks)
    {
        // A block that begins in a line of the one before belongs to that one; blank lines belong to the block before them.
        var found = new List<(int First, int End, SourceBlock? Block)>();
        int next = first;
        foreach (SourceBlock block in blocks)
        {
            int from = Math.Max(lines.Of(block.Lead), first);
            int to = Math.Min(lines.Of(Math.Max(block.End - 1, block.Start)) + 1, end);
            if (from < next || to <= from)
                continue;

            AddBetween(from);
            found.Add((from, to, block));
            next = to;
        }

        AddBetween(end);
        return found;

        void AddBetween(int to)
        {
            int start = next;
            while (start < to && found.Count > 0 && lines.IsBlank(start))
                start++;

            if (start > next)
                found[^1] = found[^1] with { End = start };

            if (start < to)
                found.Add((start, to, null));

            next = to;
        }
    }

    /// <summary>Cuts lines that have no blocks: between paragraphs, else between lines, else in lines.</summary>
    private List<Piece> CutLines(int first, int end, IReadOnlyList<PieceName> names, bool isPart)
    {
        var pieces = new List<Piece>();
        for (int from = first; from < end;)
        {
            // A paragraph and the blank lines after it.
            int to = from;
            while (to < end && lines.IsBlank(to))
                to++;

            while (to < end && !lines.IsBlank(to))
                to++;

            while (to < end && lines.IsBlank(to))
                to++;

            if (TryMake(lines.Start(from), lines.Start(to), names, isPart) is { } paragraph)
                pieces.Add(paragraph);
            else
                pieces.AddRange(MergeAll(Enumerable.Range(from, to - from).SelectMany(line => CutLine(line, names, isPart))));

            from = to;
        }

        return MergeAll(pieces);
    }

    private IEnumerable<Piece> CutLine(int line, IReadOnlyList<PieceName> names, bool isPart)
    {
        int start = lines.Start(line), end = lines.Start(line + 1);
        if (end - start <= (long)maxLength * LettersOfToken && TryMake(start, end, names, isPart) is { } whole)
        {
            yield return whole;
            yield break;
        }

        while (start < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Piece piece = TakeStart(start, end, names, isPart);
            yield return piece;
            start = piece.End;
        }
    }

    /// <summary>
    ///   The longest start of a line that does not have too many tokens; it ends at the end of a word if possible.
    /// </summary>
    private Piece TakeStart(int start, int end, IReadOnlyList<PieceName> names, bool isPart)
    {
        int length = (int)Math.Min(end - start, (long)maxLength * LettersOfToken);
        for (; ; length = Math.Max(1, length * 3 / 4))
        {
            int stop = start + length;
            if (stop < end)
            {
                int space = _text.LastIndexOf(' ', stop - 1, length / 2);
                if (space > start)
                    stop = space + 1;

                // A character that takes two code units is not cut.
                if (char.IsHighSurrogate(_text[stop - 1]) && stop < end)
                    stop += stop - start == 1 ? 1 : -1;
            }

            int tokens = Count(start, stop);
            if (tokens <= maxLength || length <= 2)
                return new Piece(start, stop, tokens) { Names = names, IsPart = isPart };
        }
    }

    private Piece? TryMake(int start, int end, IReadOnlyList<PieceName> names, bool isPart)
    {
        int tokens = Count(start, end);
        return tokens <= maxLength ? new Piece(start, end, tokens) { Names = names, IsPart = isPart } : null;
    }

    private int Count(int start, int end) => counter.Count(_text.AsSpan(start, end - start), cancellationToken);

    /// <summary>Makes one piece of small neighbours, and of what has no letters and what is before it.</summary>
    private List<Piece> Merge(List<Piece> pieces)
    {
        var merged = new List<Piece>();
        foreach (Piece piece in pieces)
        {
            if (merged.Count > 0 && Join(merged[^1], piece) is { } joined)
                merged[^1] = joined;
            else
                merged.Add(piece);
        }

        return merged;
    }

    private Piece? Join(Piece left, Piece right)
    {
        // Pieces of no function, or of the same one, are joined as long as they fit.
        bool isOfOne = left.IsPart && right.IsPart && left.Names.SequenceEqual(right.Names);
        int limit = isOfOne || (left.Names.Count == 0 && right.Names.Count == 0) || !HasLetters(right)
            ? maxLength
            : maxLength / SmallPart;
        return Join(left, right, limit);
    }

    private List<Piece> MergeAll(IEnumerable<Piece> pieces)
    {
        var merged = new List<Piece>();
        foreach (Piece piece in pieces)
        {
            if (merged.Count > 0 && Join(merged[^1], piece, maxLength) is { } joined)
                merged[^1] = joined;
            else
                merged.Add(piece);
        }

        return merged;
    }

    private Piece? Join(Piece left, Piece right, int limit)
    {
        // Two texts joined have about the sum of their tokens, so the exact count is made only if that sum may fit.
        if (left.Tokens + right.Tokens > limit + _specialTokens)
            return null;

        int tokens = Count(left.Start, right.End);
        if (tokens > limit)
            return null;

        return new Piece(left.Start, right.End, tokens)
        {
            Names = [.. left.Names.Union(right.Names)],
            IsPart = left.IsPart && right.IsPart,
        };
    }

    private bool HasLetters(Piece piece)
    {
        foreach (char letter in _text.AsSpan(piece.Start, piece.End - piece.Start))
        {
            if (char.IsLetterOrDigit(letter))
                return true;
        }

        return false;
    }

    private static PieceName Qualify(string kind, string name, IReadOnlyList<PieceName> around) =>
        new(kind, around.Count > 0 ? $"{around[^1].Name}.{name}" : name);
}
