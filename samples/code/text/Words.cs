using System.Collections.Generic;
using System.Linq;

namespace Samples.Text;

/// <summary>Counts words.</summary>
public static class Words
{
    /// <summary>How often each word is there, the most frequent first.</summary>
    public static IReadOnlyList<(string Word, int Count)> Count(string text) =>
        [.. text.Split(' ', System.StringSplitOptions.RemoveEmptyEntries)
            .GroupBy(word => word.ToLowerInvariant())
            .OrderByDescending(group => group.Count())
            .Select(group => (group.Key, group.Count()))];

    /// <summary>How many single-letter changes make one word of the other.</summary>
    public static int Distance(string left, string right)
    {
        int[] previous = [.. Enumerable.Range(0, right.Length + 1)];
        foreach ((int i, char letter) in left.Index())
        {
            int[] current = new int[right.Length + 1];
            current[0] = i + 1;
            for (int j = 0; j < right.Length; j++)
            {
                int change = previous[j] + (letter == right[j] ? 0 : 1);
                current[j + 1] = System.Math.Min(change, System.Math.Min(previous[j + 1], current[j]) + 1);
            }

            previous = current;
        }

        return previous[right.Length];
    }
}
