using CodeEmbed.Jsonl.Input;
using CodeEmbed.Runs;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Computes which share of an input each of its files is, so that a run knows its progress.</summary>
internal static class InputShares
{
    /// <summary>The share of each file.</summary>
    /// <param name="files">The files, in order.</param>
    /// <param name="moreMayCome">Whether the pipeline brings files one by one, so that the whole is not known.</param>
    public static IEnumerable<InputShare?> Of(IReadOnlyList<string> files, bool moreMayCome)
    {
        long?[] lengths = [.. files.Select(Length)];
        if (moreMayCome || lengths.Contains(null) || lengths.Sum() is not (> 0 and var total))
        {
            foreach (string _ in files)
                yield return null;

            yield break;
        }

        long before = 0;
        foreach (long? length in lengths)
        {
            yield return new InputShare((double)before / total, (double)length!.Value / total);
            before += length.Value;
        }
    }

    /// <summary>
    ///   The length of a file, or <see langword="null"/> if it is not known; if the reading fails, it reports why.
    /// </summary>
    private static long? Length(string file)
    {
        try
        {
            return InputFile.Of(file).Size;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
