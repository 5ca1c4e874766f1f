namespace CodeEmbed.PowerShell.Objects;

/// <summary>The place of an object that came through a pipeline, for errors and rejects.</summary>
/// <remarks>Others have a file and a line there.</remarks>
internal static class PipelinePlace
{
    /// <summary>What such a place has instead of a file.</summary>
    public const string File = "(pipeline)";

    /// <summary>The place of an object.</summary>
    /// <param name="number">Its number among the objects; the first is 1.</param>
    public static SnippetSource Of(long number) => new(File, number);
}
