using System.Buffers;

namespace CodeEmbed.Jsonl;

/// <summary>Writes embeddings to a file of JSON Lines: UTF-8 without a byte order mark, LF. See <c>docs/formats.md</c>.</summary>
/// <remarks>
///   Whole lines go to <c>&lt;target&gt;.partial</c> beside the target, which takes the target's place when the writer is
///   completed. Until then the target is as it was. A target whose name ends in <c>.gz</c> is packed at that moment. With
///   <see cref="JsonlWriterOptions.Append"/>, lines are added to the target itself.
/// </remarks>
public sealed class JsonlEmbeddingWriter : IEmbeddingWriter
{
    private readonly IOutputFile _file;
    private readonly bool _excludeContent;
    private readonly ArrayBufferWriter<byte> _line = new(64 * 1024);

    /// <summary>Opens the output. What the partial file held from an earlier run is lost when the first embedding is written.</summary>
    /// <param name="target">The file to make; where it is a symbolic link, the file that the link leads to.</param>
    /// <param name="options">How to write; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Stops the opening, which reads a packed target that is added to from start to end.</param>
    /// <exception cref="IOException">
    ///   The output cannot be opened, another run is writing to it, the target is a folder, or it is damaged gzip data to add to.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The output may not be opened, or the target is read-only.</exception>
    /// <exception cref="OperationCanceledException">The opening was stopped.</exception>
    public JsonlEmbeddingWriter(string target, JsonlWriterOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new JsonlWriterOptions();
        _file = TargetFile.Open(target, options, cancellationToken);
        _excludeContent = options.ExcludeContent;
    }

    /// <inheritdoc/>
    public string? PartialFile => _file is ReplacedFile ? _file.Path : null;

    /// <summary>The file that lines go to: the <see cref="PartialFile"/>, or the target where lines are added to it.</summary>
    internal string WrittenFile => _file.Path;

    /// <inheritdoc/>
    public async ValueTask WriteAsync(IReadOnlyList<CodeEmbedding> embeddings, CancellationToken cancellationToken = default)
    {
        foreach (CodeEmbedding embedding in embeddings)
        {
            cancellationToken.ThrowIfCancellationRequested();
            EmbeddingValidator.Validate(embedding);
            _line.ResetWrittenCount();
            EmbeddingRecordWriter.Write(_line, embedding, _excludeContent);
            await _file.WriteAsync(_line.WrittenMemory).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _file.CompleteAsync(cancellationToken);
    }

    /// <summary>Closes the file. If the writer was not completed, a partial file stays where it is, and what was added to a target is cut off.</summary>
    /// <returns>A task that ends when the file is closed.</returns>
    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
