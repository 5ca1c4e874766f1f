using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.Regex;

/// <summary>A set of Unicode code points, as sorted ranges with gaps between them.</summary>
/// <param name="ranges">The ranges, including their ends.</param>
internal sealed class CodePointSet(IReadOnlyList<(int First, int Last)> ranges)
{
    /// <summary>The number of code points.</summary>
    public const int CodePoints = 0x110000;

    /// <summary>The names of the general categories, in the order of <see cref="UnicodeCategory"/>.</summary>
    private static readonly string[] CategoryNames =
    [
        "lu", "ll", "lt", "lm", "lo", "mn", "mc", "me", "nd", "nl", "no", "zs", "zl", "zp", "cc", "cf", "cs", "co",
        "pc", "pd", "ps", "pe", "pi", "pf", "po", "sm", "sc", "sk", "so", "cn",
    ];

    /// <summary>The ranges, including their ends.</summary>
    public IReadOnlyList<(int First, int Last)> Ranges => ranges;

    private static readonly ConcurrentDictionary<string, CodePointSet> Categories = new();

    /// <summary>White space, <c>\s</c>.</summary>
    public static CodePointSet WhiteSpace { get; } = Where(Rune.IsWhiteSpace);

    /// <summary>Decimal digits, <c>\d</c>.</summary>
    public static CodePointSet Digits { get; } = OfCategory("nd")!;

    /// <summary>Word characters, <c>\w</c> in brackets.</summary>
    public static CodePointSet Word { get; } = Where(UnicodeCategories.IsWord);

    /// <summary>
    ///   Word characters for <c>\w</c> outside brackets, where Oniguruma includes the numbers in Latin-1 that are not
    ///   digits.
    /// </summary>
    public static CodePointSet WordAlone { get; } = Word.Union(new([(0xB2, 0xB3), (0xB9, 0xB9), (0xBC, 0xBE)]));

    /// <summary>Hexadecimal digits, <c>\h</c>.</summary>
    public static CodePointSet HexadecimalDigits { get; } = new([('0', '9'), ('A', 'F'), ('a', 'f')]);

    /// <summary>The line feed.</summary>
    public static CodePointSet LineFeed { get; } = Range('\n', '\n');

    /// <summary>All except the line feed, <c>.</c></summary>
    public static CodePointSet AllButLineFeed { get; } = LineFeed.Complement();

    /// <summary>The code points from one to another, both included.</summary>
    public static CodePointSet Range(int first, int last) => new([(first, last)]);

    /// <summary>
    ///   The code points of a general category, "Lu" or "L"; <see langword="null"/> if the name is unknown.
    /// </summary>
    public static CodePointSet? OfCategory(string name)
    {
        // The name is not case-sensitive.
        string lower = name.ToLowerInvariant();
        bool[] wanted = [.. CategoryNames.Select(category => category.StartsWith(lower, StringComparison.Ordinal))];
        return lower.Length > 0 && wanted.Contains(true)
            ? Categories.GetOrAdd(lower, _ => Where(rune => wanted[(int)UnicodeCategories.Of(rune)]))
            : null;
    }

    /// <summary>The code points of either set.</summary>
    public CodePointSet Union(CodePointSet other)
    {
        var union = new List<(int First, int Last)>(Ranges.Count + other.Ranges.Count);
        foreach ((int first, int last) in Ranges.Concat(other.Ranges).OrderBy(range => range.First))
        {
            if (union.Count > 0 && first <= union[^1].Last + 1)
                union[^1] = (union[^1].First, Math.Max(union[^1].Last, last));
            else
                union.Add((first, last));
        }

        return new CodePointSet(union);
    }

    /// <summary>The code points that are not in the set.</summary>
    public CodePointSet Complement()
    {
        var complement = new List<(int First, int Last)>(Ranges.Count + 1);
        int next = 0;
        foreach ((int first, int last) in Ranges)
        {
            if (first > next)
                complement.Add((next, first - 1));

            next = last + 1;
        }

        if (next < CodePoints)
            complement.Add((next, CodePoints - 1));

        return new CodePointSet(complement);
    }

    private static CodePointSet Where(Func<Rune, bool> predicate)
    {
        var ranges = new List<(int First, int Last)>();
        for (int codePoint = 0; codePoint < CodePoints; codePoint++)
        {
            if (!Rune.IsValid(codePoint) || !predicate(new Rune(codePoint)))
                continue;

            if (ranges.Count > 0 && ranges[^1].Last == codePoint - 1)
                ranges[^1] = (ranges[^1].First, codePoint);
            else
                ranges.Add((codePoint, codePoint));
        }

        return new CodePointSet(ranges);
    }
}
