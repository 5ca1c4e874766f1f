namespace CodeEmbed.Runs;

/// <summary>A record that was rejected.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Source">Where the record was read, or <see langword="null"/> for one that was made in memory.</param>
/// <param name="Id">Its id, if it has one.</param>
/// <param name="Record">
///   The unchanged record in UTF-8, without its line end; empty for one that was made in memory.
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
