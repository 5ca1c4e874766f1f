using CodeEmbed.Files;

namespace CodeEmbed.Jsonl.Input;

/// <summary>Counts the lines of a file that start before a place in it, when they are first asked for.</summary>
/// <param name="path">The file, which is not compressed.</param>
/// <param name="end">The place.</param>
internal sealed class LinesBefore(string path, long end) : ILinesBefore
{
    private readonly Lazy<long> _count = new(() => CountAsync(path, end).GetAwaiter().GetResult());

    /// <inheritdoc/>
    public long Count => _count.Value;

    private static async Task<long> CountAsync(string path, long end)
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            Options = FileOptions.SequentialScan,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
        await using (file.ConfigureAwait(false))
        {
            var lines = new Utf8LineReader(file, path) { End = end };
            while (true)
            {
                try
                {
                    if (!await lines.ReadAsync(CancellationToken.None).ConfigureAwait(false))
                        return lines.LineNumber;
                }
                catch (InvalidInputException) when (lines.LineIsTooLong)
                {
                    // It is a line like any other.
                }
            }
        }
    }
}
