using CodeEmbed.Jsonl;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>
///   The outputs that pipelines on this thread have open. A cmdlet that fails before an output's end names the file that holds what
///   was finished, and none reads what is being written.
/// </summary>
/// <remarks>The cmdlets of a pipeline, and of a pipeline inside it, run on one thread; the innermost output is the last.</remarks>
internal static class OpenOutputs
{
    [ThreadStatic]
    private static List<JsonlEmbeddingWriter>? _outputs;

    /// <summary>The partial file of the innermost output, if it has one.</summary>
    public static string? InnermostPartialFile
    {
        get
        {
            lock (Outputs)
                return Outputs is [.., var last] ? last.PartialFile : null;
        }
    }

    private static List<JsonlEmbeddingWriter> Outputs => _outputs ??= [];

    /// <summary>Tells whether a file is one that an open output writes to.</summary>
    public static bool Contains(string file)
    {
        lock (Outputs)
            return Outputs.Exists(output => output.WrittenFile == file);
    }

    /// <summary>Notes that an output was opened.</summary>
    /// <returns>What notes, from whichever thread, that it was closed.</returns>
    public static IDisposable Add(JsonlEmbeddingWriter output)
    {
        lock (Outputs)
            Outputs.Add(output);

        return new Entry(Outputs, output);
    }

    private sealed class Entry(List<JsonlEmbeddingWriter> outputs, JsonlEmbeddingWriter output) : IDisposable
    {
        public void Dispose()
        {
            lock (outputs)
                outputs.Remove(output);
        }
    }
}
