using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Numpy;
using CodeEmbed.Search;

namespace CodeEmbed.Jsonl.Vectors;

/// <summary>A line that is in memory.</summary>
/// <param name="line">The line.</param>
/// <param name="place">Where it is.</param>
/// <param name="vector">Its vector, if that is in a separate file.</param>
internal sealed class JsonlLine(byte[] line, SnippetSource place, float[]? vector = null) : VectorRecord
{
    /// <inheritdoc/>
    public override SnippetSource Place => place;

    /// <inheritdoc/>
    public override ValueTask<CodeEmbedding> ReadAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(EmbeddingRecordParser.Parse(line, new RecordPlace(place), vector));
}

/// <summary>A line in a file.</summary>
/// <param name="file">The file.</param>
/// <param name="line">The number of the line.</param>
/// <param name="start">Where it starts.</param>
/// <param name="length">How many bytes it has.</param>
internal sealed class JsonlReference(JsonlVersion file, long line, long start, int length) : VectorRecord
{
    /// <inheritdoc/>
    public override SnippetSource Place => new(file.Path, line);

    /// <inheritdoc/>
    public override async ValueTask<CodeEmbedding> ReadAsync(CancellationToken cancellationToken = default) =>
        EmbeddingRecordParser.Parse(
            await file.ReadAsync(start, length, cancellationToken).ConfigureAwait(false), new RecordPlace(Place));
}

/// <summary>A line in a file, with its vector in another.</summary>
/// <param name="record">The line.</param>
/// <param name="file">The file that it is in.</param>
/// <param name="start">Where it starts.</param>
/// <param name="length">How many bytes it has.</param>
/// <param name="vectors">The file of the vectors.</param>
/// <param name="version">The version of that file when the record was found.</param>
internal sealed class NumpyReference(
    SnippetSource record, JsonlVersion file, long start, int length, string vectors, string version) : VectorRecord
{
    /// <inheritdoc/>
    public override SnippetSource Place => record;

    /// <inheritdoc/>
    public override async ValueTask<CodeEmbedding> ReadAsync(CancellationToken cancellationToken = default)
    {
        byte[] line = await file.ReadAsync(start, length, cancellationToken).ConfigureAwait(false);
        using NumpyVectors opened = NumpyVectors.Open(vectors);
        float[] vector = opened.Read(record.Line - 1);
        return opened.Version == version
            ? EmbeddingRecordParser.Parse(line, new RecordPlace(record), vector)
            : throw new IOException("it was changed while it was searched. Search again.");
    }
}
