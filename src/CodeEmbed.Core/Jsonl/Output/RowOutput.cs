using System.Buffers;
using System.Runtime.CompilerServices;
using CodeEmbed.Errors;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Jsonl.Vectors;

namespace CodeEmbed.Jsonl.Output;

/// <summary>Makes the rows of a store from whole lines.</summary>
/// <remarks>All rows have vectors of one length, which one model made: a store records it once, for all of them.</remarks>
/// <param name="partial">The path of the file that the lines are in.</param>
internal sealed class RowOutput(string partial)
{
    private string? _fingerprint;
    private long _count;

    /// <summary>The length of the vectors; 0 before the first one.</summary>
    public int Dimensions { get; set; }

    /// <summary>The model that made the embeddings: see <see cref="EmbeddingStoreHeader.Model"/>.</summary>
    public string? Model { get; set; }

    /// <summary>What the rows have in common.</summary>
    public EmbeddingStoreHeader Header => new(Dimensions, _fingerprint ?? string.Empty, Model, _count);

    /// <summary>Records the lines of the shards of one run, each of which was checked when it was written.</summary>
    /// <param name="first">The first embedding.</param>
    /// <param name="count">How many there are.</param>
    public void Expect(CodeEmbedding first, long count)
    {
        Require(first);
        _count = count;
    }

    /// <summary>Checks that an embedding goes with those before it, and counts it.</summary>
    /// <exception cref="IOException">It was made by another model, or its vector has another length.</exception>
    public void Require(CodeEmbedding embedding)
    {
        if (_fingerprint is null)
            (_fingerprint, Dimensions) = (embedding.Fingerprint, embedding.Vector.Length);

        if (embedding.Fingerprint != _fingerprint)
        {
            throw new OutputException(
                OutputProblem.SeveralModels,
                $"the embedding of {MessageText.Quote(embedding.Id ?? string.Empty)} has the fingerprint "
                + $"{embedding.Fingerprint}, and those before it have {_fingerprint}: such vectors cannot be compared, and a "
                + "store holds those from one model. Write a file for each model.");
        }

        if (embedding.Vector.Length != Dimensions)
        {
            throw new OutputException(
                OutputProblem.SeveralModels,
                $"the vector of {MessageText.Quote(embedding.Id ?? string.Empty)} has {embedding.Vector.Length} numbers, and "
                + $"those before it have {Dimensions}.");
        }

        _count++;
    }

    /// <summary>Reads the rows, on several threads.</summary>
    /// <param name="lines">The lines of whole embeddings.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="IOException">The lines were changed after they had been written.</exception>
    public async IAsyncEnumerable<EmbeddingRow> ReadAsync(
        Stream lines, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using (lines)
        {
            var blocks = new LineBlocks(lines);
            var ahead = new Queue<Task<EmbeddingRow[]>>();
            try
            {
                bool ended = false;
                while (true)
                {
                    while (!ended && ahead.Count <= Environment.ProcessorCount)
                    {
                        LineBlock? next = await blocks.ReadAsync(cancellationToken).ConfigureAwait(false);
                        ended = next is null;
                        if (next is not null)
                            ahead.Enqueue(Task.Run(() => Parse(next), CancellationToken.None));
                    }

                    if (!ahead.TryDequeue(out Task<EmbeddingRow[]>? parsing))
                        break;

                    foreach (EmbeddingRow row in await parsing.ConfigureAwait(false))
                        yield return row;
                }
            }
            finally
            {
                // Their memory is returned when they end; their errors no longer matter.
                await ((Task)Task.WhenAll(ahead)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Writes a file of a store.</summary>
    /// <param name="store">The adapter for stores.</param>
    /// <param name="format">The format.</param>
    /// <param name="file">The file, which exists and is empty.</param>
    /// <param name="lines">The lines of whole embeddings.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    public ValueTask WriteAsync(
        IEmbeddingStore store, EmbeddingFileFormat format, string file, Stream lines, CancellationToken cancellationToken) =>
        IEmbeddingStore.KeepsLines(format)
            ? store.WriteAsync(format, file, Header, SplitAsync(lines, cancellationToken), cancellationToken)
            : store.WriteAsync(format, file, Header, ReadAsync(lines, cancellationToken), cancellationToken);

    private async IAsyncEnumerable<EmbeddingLines> SplitAsync(
        Stream lines, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using (lines)
        {
            var blocks = new LineBlocks(lines);
            var vectors = new ArrayBufferWriter<byte>();
            var records = new ArrayBufferWriter<byte>();
            float[] vector = new float[Dimensions];
            while (await blocks.ReadAsync(cancellationToken).ConfigureAwait(false) is { } block)
            {
                using (block)
                {
                    vectors.ResetWrittenCount();
                    records.ResetWrittenCount();
                    int count = LineSplit.Split(block, vector, vectors, records);
                    yield return new EmbeddingLines(count, vectors.WrittenMemory, records.WrittenMemory);
                }
            }
        }
    }

    private EmbeddingRow[] Parse(LineBlock block)
    {
        using (block)
        {
            var rows = new List<EmbeddingRow>();
            ReadOnlyMemory<byte> rest = block.Bytes;
            for (long number = block.FirstLine; !rest.IsEmpty; number++)
            {
                int end = rest.Span.IndexOf((byte)'\n');
                rows.Add(Parse(end < 0 ? rest : rest[..end], number));
                rest = end < 0 ? default : rest[(end + 1)..];
            }

            return block.IsTooLong ? throw Changed("a line is too long.", null) : [.. rows];
        }
    }

    private EmbeddingRow Parse(ReadOnlyMemory<byte> line, long number)
    {
        try
        {
            return RowRecord.Parse(line, new RecordPlace(new SnippetSource(partial, number)));
        }
        catch (CodeEmbedException e)
        {
            throw Changed(e.Message, e);
        }
    }

    private IOException Changed(string problem, Exception? error) =>
        new($"'{partial}' was changed while it was read: {problem}", error);
}
