using System.Diagnostics;
using CodeEmbed.Jsonl;
using CodeEmbed.Search;

namespace CodeEmbed.Bench;

/// <summary>Finds duplicates among the vectors in a file of embeddings, for duplicates.sh.</summary>
internal static class Duplicates
{
    /// <summary>
    ///   Prints the number of groups, then the seconds of the first search, which reads the file, and the
    ///   minimum of three more, which find the vectors in memory.
    /// </summary>
    /// <param name="index">The file.</param>
    public static async Task MeasureAsync(string index)
    {
        IVectorSource source = new VectorCache(long.MaxValue).Hold(new JsonlVectorSource(index));
        var seconds = new List<double>();
        int groups = 0;
        for (int i = 0; i < 4; i++)
        {
            long started = Stopwatch.GetTimestamp();
            groups = await new DuplicateSearch([source]).FindAsync().CountAsync();
            seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        Console.WriteLine(FormattableString.Invariant($"{groups} {seconds[0]:0.000} {seconds.Skip(1).Min():0.000}"));
    }
}
