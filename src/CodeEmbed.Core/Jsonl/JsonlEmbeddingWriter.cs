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
    private readonly ArrayBufferWriter<byte> _line = new(64 * 1024);
    private bool _started;

    /// <summary>Opens the partial file. What it held from an earlier run is lost when the first embedding is written.</summary>
    /// <param name="target">The file to make; where it is a symbolic link, the file that the link leads to.</param>
    /// <exception cref="IOException">
    ///   The partial file cannot be opened, another run is writing to it, or the target is a folder.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The partial file may not be opened, or the target is read-only.</exception>
    public JsonlEmbeddingWriter(string target)
    {
        _target = new FileInfo(target).LinkTarget is null ? target : File.ResolveLinkTarget(target, returnFinalTarget: true)!.FullName;
        if (Directory.Exists(_target))
            throw new IOException($"'{_target}' is a folder.");

        if (File.Exists(_target) && (File.GetAttributes(_target) & FileAttributes.ReadOnly) != 0)
            throw new UnauthorizedAccessException($"'{_target}' is read-only.");

        PartialFile = _target + ".partial";
        _stream = new FileStream(PartialFile, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.None,
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
            EmbeddingValidator.Validate(embedding);
            _line.ResetWrittenCount();
            EmbeddingRecordWriter.Write(_line, embedding);
            Start();

            await WriteLineAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Start();
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        if (!OperatingSystem.IsWindows() && File.Exists(_target))
            File.SetUnixFileMode(PartialFile, File.GetUnixFileMode(_target));

        File.Move(PartialFile, _target, overwrite: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Closes the partial file. It stays where it is if the writer was not completed.</summary>
    /// <returns>A task that ends when the file is closed.</returns>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>Writes the line, or nothing: half a line, as of a full disk or a stop, is no use to anyone.</summary>
    private async ValueTask WriteLineAsync()
    {
        long before = _stream.Position;
        try
        {
            await _stream.WriteAsync(_line.WrittenMemory, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
            _stream.SetLength(before);
            throw;
        }
    }

    /// <summary>Drops what an earlier run left in the partial file.</summary>
    private void Start()
    {
        if (!_started)
            _stream.SetLength(0);

        _started = true;
    }
}
