namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>Splits a text into pieces at the matches in it.</summary>
/// <remarks>See <c>NormalizedString::split</c> in Hugging Face's tokenizers.</remarks>
internal static class TextSplit
{
    /// <summary>Splits a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="matches">The matches, in order; a match may be empty.</param>
    /// <param name="behavior">What happens to matched text.</param>
    /// <param name="invert">Whether to swap matched and unmatched text.</param>
    /// <returns>The pieces, none of them empty, in order.</returns>
    public static IEnumerable<ReadOnlyMemory<char>> Make(
        ReadOnlyMemory<char> text, IEnumerable<(int Start, int End)> matches, SplitBehavior behavior, bool invert)
    {
        List<(int Start, int End, bool Matched)> parts = Cover(text.Length, matches, invert);
        List<(int Start, int End)> pieces = behavior switch
        {
            SplitBehavior.Isolated => [.. parts.Select(part => (part.Start, part.End))],
            SplitBehavior.Removed => [.. parts.Where(part => !part.Matched).Select(part => (part.Start, part.End))],
            SplitBehavior.Contiguous => Join(parts, (matched, before) => matched == before),
            SplitBehavior.MergedWithPrevious => Join(parts, (matched, before) => matched && !before),
            _ => JoinWithNext(parts),
        };
        return pieces.Where(piece => piece.End > piece.Start).Select(piece => text[piece.Start..piece.End]);
    }

    private static List<(int Start, int End, bool Matched)> Cover(
        int length, IEnumerable<(int Start, int End)> matches, bool invert)
    {
        var parts = new List<(int Start, int End, bool Matched)>();
        int covered = 0;
        foreach ((int start, int end) in matches)
        {
            if (start > covered)
                parts.Add((covered, start, invert));

            parts.Add((start, end, !invert));
            covered = end;
        }

        if (covered < length)
            parts.Add((covered, length, invert));

        return parts;
    }

    /// <summary>
    ///   Joins a part to the piece before it if a rule says so, given whether it and the part before it are matches.
    /// </summary>
    private static List<(int Start, int End)> Join(List<(int Start, int End, bool Matched)> parts, Func<bool, bool, bool> joins)
    {
        var pieces = new List<(int Start, int End)>(parts.Count);
        bool before = false;
        foreach ((int start, int end, bool matched) in parts)
        {
            if (pieces.Count > 0 && joins(matched, before))
                pieces[^1] = (pieces[^1].Start, end);
            else
                pieces.Add((start, end));

            before = matched;
        }

        return pieces;
    }

    private static List<(int Start, int End)> JoinWithNext(List<(int Start, int End, bool Matched)> parts)
    {
        var pieces = new List<(int Start, int End)>(parts.Count);
        bool after = false;
        foreach ((int start, int end, bool matched) in Enumerable.Reverse(parts))
        {
            if (pieces.Count > 0 && matched && !after)
                pieces[^1] = (start, pieces[^1].End);
            else
                pieces.Add((start, end));

            after = matched;
        }

        pieces.Reverse();
        return pieces;
    }
}

/// <summary>
///   What happens to the text that a pre-tokenizer matches: <c>SplitDelimiterBehavior</c> in Hugging Face's tokenizers.
/// </summary>
internal enum SplitBehavior
{
    /// <summary>It is removed.</summary>
    Removed,

    /// <summary>It is a separate piece.</summary>
    Isolated,

    /// <summary>It becomes the end of the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>It becomes the beginning of the piece after it.</summary>
    MergedWithNext,

    /// <summary>Adjacent matches become one piece.</summary>
    Contiguous,
}
