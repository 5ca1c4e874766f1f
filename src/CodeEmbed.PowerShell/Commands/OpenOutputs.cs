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
    public static string? InnermostPartialFile => _partialFiles is [.., var last] ? last : null;

    /// <summary>An output was opened.</summary>
    public static void Add(string partialFile) => (_partialFiles ??= []).Add(partialFile);

    /// <summary>An output was closed.</summary>
    public static void Remove(string partialFile) => _partialFiles?.Remove(partialFile);
}
