using System.Buffers;

namespace CodeEmbed.Jsonl;

/// <summary>Writes embeddings to a file of JSON Lines: UTF-8 without a byte order mark, LF. See <c>docs/formats.md</c>.</summary>
/// <remarks>
///   Whole lines go to <c>&lt;target&gt;.partial</c> beside the target, which takes the target's place when the writer is
///   completed. Until then the target is as it was.
/// </remarks>
public sealed class JsonlEmbeddingWriter : IEmbeddingWriter
{
    private readonly string _target;
    private readonly FileStream _stream;
    private readonly ArrayBufferWriter<byte> _lines = new(64 * 1024);

    /// <summary>Opens the partial file; what it held is lost.</summary>
    /// <param name="target">The file to make.</param>
    /// <exception cref="IOException">The partial file cannot be opened, or the target is a folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The partial file may not be opened.</exception>
    public JsonlEmbeddingWriter(string target)
    {
        if (Directory.Exists(target))
            throw new IOException($"'{target}' is a folder.");

        _target = target;
        PartialFile = target + ".partial";
        _stream = new FileStream(PartialFile, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
        });
    }

    /// <inheritdoc/>
    public string PartialFile { get; }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(IReadOnlyList<CodeEmbedding> embeddings, CancellationToken cancellationToken = default)
    {
        foreach (CodeEmbedding embedding in embeddings)
        {
            cancellationToken.ThrowIfCancellationRequested();
            EmbeddingRecordWriter.Write(_lines, embedding);
            await WriteLinesAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(PartialFile, _target, overwrite: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Closes the partial file. It stays where it is if the writer was not completed.</summary>
    /// <returns>A task that ends when the file is closed.</returns>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>Writes what was gathered in one piece, so that the file ends between two lines.</summary>
    private async ValueTask WriteLinesAsync()
    {
        // Not cancellable: a write that is stopped half-way would leave half a line.
        await _stream.WriteAsync(_lines.WrittenMemory, CancellationToken.None).ConfigureAwait(false);
        _lines.ResetWrittenCount();
    }
}
