using CodeEmbed.Runs;

namespace CodeEmbed.Jsonl;

/// <summary>Reads snippets from a file of JSON Lines: UTF-8, one object a line. See <c>docs/formats.md</c>.</summary>
/// <remarks>
///   A byte order mark, CRLF and blank lines are taken. A file whose name ends in <c>.gz</c> is unpacked. Memory does not
///   grow with the file, only with its longest line.
/// </remarks>
/// <param name="path">The file.</param>
/// <param name="skipInvalid">
///   Takes each record that is not valid, and the reading continues; <see langword="null"/> to end the reading at the first. What makes
///   the file itself unreadable, such as another encoding or damaged gzip data, ends it in any case.
/// </param>
public sealed class JsonlSnippetReader(string path, Action<RefusedRecord>? skipInvalid = null) : ISnippetReader
{
    private JsonlRecords<CodeSnippet>? _records;

    /// <inheritdoc/>
    public IReadOnlyList<string> InputFiles { get; } = [path];

    /// <inheritdoc/>
    public long RefusedRecords => _records?.Refused ?? 0;

    /// <summary>The file's part of the whole input, or <see langword="null"/> where that is not known.</summary>
    internal InputShare? Share { get; init; } = InputShare.Whole;

    /// <inheritdoc/>
    public IAsyncEnumerable<CodeSnippet> ReadAsync(CancellationToken cancellationToken = default) => Open().ReadAsync(cancellationToken);

    /// <summary>Reads the snippets, and gives <see langword="null"/> for each record that was passed over.</summary>
    internal IAsyncEnumerable<CodeSnippet?> ReadWithGapsAsync(CancellationToken cancellationToken) => Open().ReadWithGapsAsync(cancellationToken);

    private JsonlRecords<CodeSnippet> Open() => _records = new JsonlRecords<CodeSnippet>(path, Share, SnippetRecordParser.Parse, skipInvalid);
}
