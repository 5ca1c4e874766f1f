namespace CodeEmbed.Runs;

/// <summary>A record that nothing was made of.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Source">Where the record was read, or <see langword="null"/> for one that was made in memory.</param>
/// <param name="Id">Its id, where it has one.</param>
/// <param name="Record">
///   The record in UTF-8 as it came, without the end of its line; empty for one that was made in memory.
/// </param>
public sealed record RejectedRecord(CodeEmbedException Reason, SnippetSource? Source, string? Id, ReadOnlyMemory<byte> Record)
{
    /// <summary>A snippet that cannot be embedded.</summary>
    /// <param name="snippet">The snippet.</param>
    /// <param name="reason">Why.</param>
    /// <returns>The rejected record.</returns>
    public static RejectedRecord Of(CodeSnippet snippet, CodeEmbedException reason) =>
        new(reason, snippet.Source, snippet.Id, snippet.Record.AsRead);
}
