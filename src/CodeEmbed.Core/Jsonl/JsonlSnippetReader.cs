using System.Runtime.CompilerServices;

namespace CodeEmbed.Jsonl;

/// <summary>Reads snippets from a file of JSON Lines: UTF-8, one object a line. See <c>docs/formats.md</c>.</summary>
/// <remarks>
///   A byte order mark, CRLF and blank lines are taken. A file whose name ends in <c>.gz</c> is unpacked. Memory does not
///   grow with the file, only with its longest line.
/// </remarks>
/// <param name="path">The file.</param>
/// <param name="skipInvalid">
///   Takes each record that is not valid, and the reading goes on; <see langword="null"/> to end the reading at the first. What makes
///   the file itself unreadable, such as another encoding or a line that is too long, ends it in any case.
/// </param>
public sealed class JsonlSnippetReader(string path, Action<CodeEmbedException>? skipInvalid = null) : ISnippetReader
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<CodeSnippet> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using Stream stream = Open();
        var lines = new Utf8LineReader(stream, path);
        while (await ReadLineAsync(lines, cancellationToken).ConfigureAwait(false))
        {
            if (!IsBlank(lines.Line.Span) && Parse(lines) is { } snippet)
                yield return snippet;
        }
    }

    private CodeSnippet? Parse(Utf8LineReader lines)
    {
        try
        {
            return SnippetRecordParser.Parse(lines.Line.ToArray(), new SnippetSource(path, lines.LineNumber));
        }
        catch (CodeEmbedException e) when (skipInvalid is not null)
        {
            skipInvalid(e);
            return null;
        }
    }

    private Stream Open()
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            Options = FileOptions.SequentialScan | FileOptions.Asynchronous,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GzipInput(file) : file;
    }

    private async ValueTask<bool> ReadLineAsync(Utf8LineReader lines, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidInputException(
                new SnippetSource(path, lines.LineNumber + 1), "the gzip data is damaged or cut short, or the file is not gzip.", e);
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;
}
