using System.Runtime.CompilerServices;

namespace CodeEmbed.Jsonl;

/// <summary>Reads snippets from a file of JSON Lines: UTF-8, one object a line. See <c>docs/formats.md</c>.</summary>
/// <remarks>
///   A byte order mark, CRLF and blank lines are taken. A file whose name ends in <c>.gz</c> is unpacked. Memory does not
///   grow with the file, only with its longest line.
/// </remarks>
/// <param name="path">The file.</param>
public sealed class JsonlSnippetReader(string path) : ISnippetReader
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<CodeSnippet> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using Stream stream = Open();
        var lines = new Utf8LineReader(stream, path);
        while (await ReadLineAsync(lines, cancellationToken).ConfigureAwait(false))
        {
            if (!IsBlank(lines.Line.Span))
                yield return SnippetRecordParser.Parse(lines.Line.ToArray(), new SnippetSource(path, lines.LineNumber));
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
