using System.Buffers;
using System.Globalization;
using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>Puts long runs of combining marks in the order of Unicode's normal forms.</summary>
/// <remarks>
///   ICU, which .NET uses to normalize, moves each mark past those before it, which takes quadratic time in a run: half a minute
///   for 200,000 alternating accents above and below. Marks in order stay where they are, and text whose marks are in order has
///   the same normal forms (Unicode Standard, section 3.11, canonical ordering).
/// </remarks>
internal static class CombiningMarks
{
    /// <summary>Far more marks than a letter in any language has, and few enough to be moved one by one.</summary>
    private const int LongRun = 128;

    /// <summary>The first of the marks: everything before it is unchanged.</summary>
    private const char First = '\u0300';

    /// <summary>The position of each mark in the order, which marks of a class share; unmoved characters have none.</summary>
    private static readonly Lazy<Dictionary<int, int>> Ranks = new(FindRanks);

    /// <summary>Orders long runs of marks in a text without lone surrogates.</summary>
    /// <param name="text">The text.</param>
    /// <param name="form">The form that the text will be normalized to.</param>
    public static string Order(string text, NormalizationForm form)
    {
        StringBuilder? ordered = null;
        int copied = 0, position = 0;
        while (position < text.Length)
        {
            int start = position, count = 0;
            for (; position < text.Length && IsMark(text, position, out int length); position += length)
                count++;

            if (count >= LongRun)
            {
                ordered = (ordered ?? new StringBuilder(text.Length)).Append(text, copied, start - copied);
                AppendOrdered(ordered, text.AsSpan(start, position - start), form);
                copied = position;
            }

            if (position == start)
                position++;
        }

        return ordered?.Append(text, copied, text.Length - copied).ToString() ?? text;
    }

    private static bool IsMark(string text, int position, out int length)
    {
        length = 1;
        if (
            text[position] < First
                || Rune.DecodeFromUtf16(text.AsSpan(position), out Rune rune, out length) != OperationStatus.Done)
            return false;

        // The two half-width sound marks are letters, but marks in the forms KC and KD.
        return IsMark(Rune.GetUnicodeCategory(rune)) || rune.Value is 0xFF9E or 0xFF9F;
    }

    private static bool IsMark(UnicodeCategory category) =>
        category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static void AppendOrdered(StringBuilder ordered, ReadOnlySpan<char> run, NormalizationForm form)
    {
        NormalizationForm decomposed = form is NormalizationForm.FormC or NormalizationForm.FormD
            ? NormalizationForm.FormD
            : NormalizationForm.FormKD;
        var parts = new Dictionary<Rune, Rune[]>();
        var marks = new List<(Rune Mark, int Rank)>();
        foreach (Rune rune in run.EnumerateRunes())
        {
            if (!parts.TryGetValue(rune, out Rune[]? found))
                parts[rune] = found = [.. rune.ToString().Normalize(decomposed).EnumerateRunes()];

            foreach (Rune mark in found)
            {
                if (Ranks.Value.TryGetValue(mark.Value, out int rank))
                {
                    marks.Add((mark, rank));
                    continue;
                }

                Flush();
                ordered.Append(mark);
            }
        }

        Flush();

        void Flush()
        {
            foreach ((Rune mark, _) in marks.OrderBy(entry => entry.Rank))
                ordered.Append(mark);

            marks.Clear();
        }
    }

    /// <summary>Finds the order by normalizing pairs of marks, because .NET does not expose the class of a mark.</summary>
    private static Dictionary<int, int> FindRanks()
    {
        // Marks of the lowest and the highest class: every mark that can be moved swaps places with one of them.
        const string Lowest = "\u0334", Highest = "\u0345";
        string[] marks =
        [
            .. Enumerable.Range(First, 0x20000 - First)
                .Where(value => Rune.IsValid(value) && IsMark(Rune.GetUnicodeCategory(new Rune(value))))
                .Select(char.ConvertFromUtf32)
                .Where(mark => mark.IsNormalized(NormalizationForm.FormD) && (Moves(mark, Lowest) || Moves(Highest, mark))),
        ];
        Array.Sort(marks, Compare);
        var ranks = new Dictionary<int, int>();
        int rank = 0;
        for (int i = 0; i < marks.Length; i++)
        {
            rank += i > 0 && Compare(marks[i - 1], marks[i]) != 0 ? 1 : 0;
            ranks.Add(char.ConvertToUtf32(marks[i], 0), rank);
        }

        return ranks;

        static bool Moves(string left, string right) => !(left + right).IsNormalized(NormalizationForm.FormD);

        static int Compare(string left, string right) => Moves(left, right) ? 1 : Moves(right, left) ? -1 : 0;
    }
}
