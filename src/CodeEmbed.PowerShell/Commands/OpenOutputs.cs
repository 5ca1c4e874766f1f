namespace CodeEmbed.PowerShell.Commands;

/// <summary>
///   The partial files of the outputs that pipelines on this thread have open. A cmdlet that fails before an output's end
///   names the file that holds what was finished.
/// </summary>
/// <remarks>The cmdlets of a pipeline, and of a pipeline inside it, run on one thread; the innermost output is the last.</remarks>
internal static class OpenOutputs
{
    [ThreadStatic]
    private static List<string>? _partialFiles;

    /// <summary>The partial file of the innermost output, if there is one.</summary>
    public static string? InnermostPartialFile
    {
        get
        {
            lock (Files)
                return Files is [.., var last] ? last : null;
        }
    }

    private static List<string> Files => _partialFiles ??= [];

    /// <summary>Tells whether a file is the partial file of an output that is open.</summary>
    public static bool Contains(string file)
    {
        lock (Files)
            return Files.Contains(file);
    }

    /// <summary>Notes that an output was opened.</summary>
    /// <returns>What notes, from whichever thread, that it was closed.</returns>
    public static IDisposable Add(string partialFile)
    {
        lock (Files)
            Files.Add(partialFile);

        return new Entry(Files, partialFile);
    }

    private sealed class Entry(List<string> files, string partialFile) : IDisposable
    {
        public void Dispose()
        {
            lock (files)
                files.Remove(partialFile);
        }
    }
}
