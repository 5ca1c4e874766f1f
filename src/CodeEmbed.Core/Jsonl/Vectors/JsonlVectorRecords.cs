using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Search;

namespace CodeEmbed.Jsonl.Vectors;

/// <summary>A line that is in memory.</summary>
/// <param name="line">The line.</param>
/// <param name="place">Where it is.</param>
internal sealed class JsonlLine(byte[] line, SnippetSource place) : VectorRecord
{
    /// <inheritdoc/>
    public override SnippetSource Place => place;

    /// <inheritdoc/>
    public override ValueTask<CodeEmbedding> ReadAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(EmbeddingRecordParser.Parse(line, new RecordPlace(place)));
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
