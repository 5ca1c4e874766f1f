using CodeEmbed.Errors;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Output;

/// <summary>Makes the rows of a store of whole lines.</summary>
/// <remarks>All rows have vectors of one length, which one model made: a store says that once, for all of them.</remarks>
/// <param name="partial">The path of the file that the lines are in.</param>
internal sealed class RowOutput(string partial)
{
    private string? _fingerprint;

    /// <summary>The length of the vectors; 0 while there is none.</summary>
    public int Dimensions { get; private set; }

    /// <summary>What made the embeddings: see <see cref="EmbeddingStoreHeader.Model"/>.</summary>
    public string? Model { get; set; }

    /// <summary>What the rows have in common.</summary>
    public EmbeddingStoreHeader Header => new(Dimensions, _fingerprint ?? string.Empty, Model);

    /// <summary>Checks that an embedding goes with those before it.</summary>
    /// <exception cref="IOException">It was made by another model, or its vector has another length.</exception>
    public void Require(CodeEmbedding embedding)
    {
        if (_fingerprint is null)
            (_fingerprint, Dimensions) = (embedding.Fingerprint, embedding.Vector.Length);

        if (embedding.Fingerprint != _fingerprint)
        {
            throw new OutputException(
                OutputProblem.NotComparable,
                $"the embedding of {MessageText.Quote(embedding.Id ?? string.Empty)} has the fingerprint "
                + $"{embedding.Fingerprint}, and those before it have {_fingerprint}: such vectors cannot be compared, and a "
                + "store holds those of one model. Write a file for each model.");
        }

        if (embedding.Vector.Length != Dimensions)
        {
            throw new IOException(
                $"the vector of {MessageText.Quote(embedding.Id ?? string.Empty)} has {embedding.Vector.Length} numbers, and "
                + $"those before it have {Dimensions}.");
        }
    }

    /// <summary>Reads the rows.</summary>
    /// <param name="lines">The lines of whole embeddings.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="IOException">The lines were changed after they had been written.</exception>
    public async IAsyncEnumerable<EmbeddingRow> ReadAsync(
        Stream lines, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using (lines)
        {
            var reader = new Utf8LineReader(lines, partial);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                yield return Parse(reader.Line.ToArray(), reader.LineNumber);
        }
    }

    /// <summary>Writes a file of a store.</summary>
    /// <param name="store">What knows its format.</param>
    /// <param name="format">The format.</param>
    /// <param name="file">The file, which is there and empty.</param>
    /// <param name="lines">The lines of whole embeddings.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    public ValueTask WriteAsync(
        IEmbeddingStore store, EmbeddingFileFormat format, string file, Stream lines, CancellationToken cancellationToken) =>
        store.WriteAsync(format, file, Header, ReadAsync(lines, cancellationToken), cancellationToken);

    private EmbeddingRow Parse(byte[] line, long number)
    {
        try
        {
            return RowRecord.Parse(line, new RecordPlace(new SnippetSource(partial, number)));
        }
        catch (CodeEmbedException e)
        {
            throw new IOException($"'{partial}' was changed while it was read: {e.Message}", e);
        }
    }
}
