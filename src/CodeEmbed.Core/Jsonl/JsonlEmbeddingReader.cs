using System.Runtime.CompilerServices;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Numpy;

namespace CodeEmbed.Jsonl;

/// <summary>Reads embeddings from a file that <see cref="JsonlEmbeddingWriter"/> wrote. See <c>docs/formats.md</c>.</summary>
/// <remarks>
///   It accepts what <see cref="JsonlSnippetReader"/> accepts. If the content was left out of the file, the
///   <see cref="CodeSnippet.Content"/> of the snippets is <see langword="null"/>.
/// </remarks>
/// <param name="path">
///   The file. If its name ends in <c>.npy</c>, it holds only the vectors, and the records are next to it.
/// </param>
public sealed class JsonlEmbeddingReader(string path)
{
    /// <summary>The adapter for Zstandard; a file whose name ends in <c>.zst</c> is not read without it.</summary>
    public IZstandard? Zstandard { get; init; }

    /// <summary>The adapter for stores; a file of one of the <see cref="EmbeddingFileFormat"/> is not read without it.</summary>
    public IEmbeddingStore? Store { get; init; }

    /// <summary>Reads the records, one at a time and in order, without holding earlier ones.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>For each record its embedding, which is valid, or why the record is rejected.</returns>
    /// <exception cref="InvalidInputException">The file as a whole is not valid.</exception>
    /// <exception cref="IOException">The input cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The input may not be read.</exception>
    public IAsyncEnumerable<Outcome<CodeEmbedding>> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (NumpyFiles.IsOne(path))
            return ReadNumpyAsync(cancellationToken);

        NumpyFiles.RequireVectors(path);
        return new JsonlRecords<CodeEmbedding>(
            path,
            share: null,
            new FileAdapters(Zstandard, Store),
            (record, place) => EmbeddingRecordParser.Parse(record.ToArray(), place)).ReadAsync(cancellationToken);
    }

    /// <summary>
    ///   Whether only the first records are wanted: then it is not checked that all of them belong to the vectors.
    /// </summary>
    internal bool OnlyLooks { get; init; }

    private async IAsyncEnumerable<Outcome<CodeEmbedding>> ReadNumpyAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using NumpyVectors vectors = NumpyVectors.Open(path);
        if (!OnlyLooks)
            vectors.RequireRecords();

        var records = new JsonlRecords<CodeEmbedding>(
            vectors.Records, share: null, default, (record, place) => Parse(record.ToArray(), place, vectors));
        long count = 0;
        await foreach (Outcome<CodeEmbedding> record in records.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            count++;
            yield return record;
        }

        // A blank line is not a record, but it has a vector.
        if (count != vectors.Rows)
            throw vectors.OtherCount(FormattableString.Invariant($"{count} records in its"));
    }

    private static CodeEmbedding Parse(ReadOnlyMemory<byte> record, RecordPlace place, NumpyVectors vectors)
    {
        if (place.Source.Element is not null)
        {
            throw new InvalidInputException(
                place.Source, "the records of a NumPy file must be JSON Lines, and this is an array.");
        }

        long row = place.Source.Line - 1;
        return row < vectors.Rows
            ? EmbeddingRecordParser.Parse(record, place, vectors.Read(row))
            : throw vectors.OtherCount("more");
    }
}
