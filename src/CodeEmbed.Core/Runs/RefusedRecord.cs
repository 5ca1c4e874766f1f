namespace CodeEmbed.Runs;

/// <summary>A record that a run passed over.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Source">Where the record was read, or <see langword="null"/> for one that was made in memory.</param>
/// <param name="Id">Its id, where it has one.</param>
/// <param name="Record">The record in UTF-8 as it came, without the end of its line; empty for one that was made in memory.</param>
public sealed record RefusedRecord(CodeEmbedException Reason, SnippetSource? Source, string? Id, ReadOnlyMemory<byte> Record)
{
    /// <summary>
    ///   Which of the snippets it was that a batcher was given, counted from 1; 0 for what came from elsewhere.
    /// </summary>
    public long Number { get; init; }

    /// <summary>A snippet that was passed over.</summary>
    /// <param name="snippet">The snippet.</param>
    /// <param name="number">Which of a batcher's snippets it was.</param>
    /// <param name="reason">Why.</param>
    internal static RefusedRecord Of(CodeSnippet snippet, long number, CodeEmbedException reason) =>
        new(reason, snippet.Source, snippet.Id, snippet.Record.Utf8) { Number = number };
}
