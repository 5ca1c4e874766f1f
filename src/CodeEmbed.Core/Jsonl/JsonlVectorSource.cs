using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Jsonl.Vectors;
using CodeEmbed.Numpy;
using CodeEmbed.Runs;
using CodeEmbed.Search;

namespace CodeEmbed.Jsonl;

/// <summary>
///   Reads the vectors of a file that <see cref="JsonlEmbeddingWriter"/> wrote, to search them: on several threads, and
///   no more of each line than is needed. See <c>docs/formats.md</c>.
/// </summary>
/// <remarks>
///   It accepts what <see cref="JsonlEmbeddingReader"/> accepts, if lines end with LF or CRLF. A line that it rejects is reported
///   in the same words, and so is one whose vector has another length than that of the first.
/// </remarks>
/// <param name="path">
///   The file. One whose name ends in <c>.gz</c> is decompressed. One whose name ends in <c>.npy</c> holds only the vectors and
///   is mapped into memory, with its records next to it.
/// </param>
public sealed class JsonlVectorSource(string path) : IVectorSource
{
    private readonly int _threads = Environment.ProcessorCount;

    /// <summary>
    ///   The adapter for Zstandard, for a file whose name ends in <c>.zst</c>; without it such a file is refused.
    /// </summary>
    public IZstandard? Zstandard { get; init; }

    /// <summary>The adapter for stores; a file of one of the <see cref="EmbeddingFileFormat"/> is refused without it.</summary>
    public IEmbeddingStore? Store { get; init; }

    /// <summary>How many threads read; by default as many as this process has processors.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Threads
    {
        get => _threads;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Threads));
            _threads = value;
        }
    }

    /// <inheritdoc/>
    public string Path => path;

    /// <inheritdoc/>
    public async ValueTask<VectorOrigin?> DescribeAsync(CancellationToken cancellationToken = default)
    {
        JsonlVersion.Open(path).Dispose();
        RejectedRecord? rejected = null;
        var reader = new JsonlEmbeddingReader(path) { Zstandard = Zstandard, Store = Store, OnlyLooks = true };
        await foreach (Outcome<CodeEmbedding> record in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!record.IsRejected)
            {
                CodeEmbedding first = record.Value;
                if (first.Snippet.Source?.Element is not null)
                {
                    throw new IndexException(
                        path, "it is a JSON array, and only JSON Lines can be searched. Write its embeddings to such a file.");
                }

                return new VectorOrigin(
                    first.ModelName, first.Fingerprint, first.Vector.Length, first.Precision, first.Normalized);
            }

            rejected ??= record.Rejected;
        }

        return rejected is null ? null : throw rejected.Reason;
    }

    /// <inheritdoc/>
    public string? ReadVersion()
    {
        if (FileAdapters.IsPacked(path))
            return null;

        string version = JsonlVersion.Of(path).Text;

        // Missing records are reported when they are read.
        return NumpyFiles.IsOne(path) && NumpyFiles.FindRecords(path) is var records && File.Exists(records)
            ? $"{version} {JsonlVersion.Of(records).Text}"
            : version;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<VectorBlock> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (await DescribeAsync(cancellationToken).ConfigureAwait(false) is not { } origin)
            yield break;

        using NumpyVectors? beside = NumpyFiles.IsOne(path) ? NumpyVectors.Open(path) : null;
        beside?.Map();
        string records = beside?.Records ?? path;
        JsonlVersion file = JsonlVersion.Of(records);
        await using Stream stream = JsonlVersion.OpenStream(
            records, new FileAdapters(Zstandard, Store), out Func<double?> progress);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        bool isHashed = beside?.Stamp is { } stamp && !stamp.IsOfUntouched(records);
        await using Stream hashed = isHashed ? new HashedStream(stream, hash) : stream;
        var lines = new LineBlocks(hashed);
        long count = 0;
        var ahead = new Queue<Task<JsonlVectorBlock>>();
        try
        {
            bool ended = false;
            while (true)
            {
                while (!ended && ahead.Count <= Threads)
                {
                    LineBlock? next = await ReadLinesAsync(lines, cancellationToken).ConfigureAwait(false);
                    ended = next is null;
                    double? fraction = progress();
                    if (next is not null)
                    {
                        ahead.Enqueue(Task.Run(
                            () => new JsonlVectorBlock(next, file, origin, fraction, beside), CancellationToken.None));
                    }
                }

                if (!ahead.TryDequeue(out Task<JsonlVectorBlock>? reading))
                    break;

                using JsonlVectorBlock block = await reading.ConfigureAwait(false);
                RequireOneOrigin(origin, block);
                count = block.LastLine;
                yield return block;
            }

            beside?.RequireRecords(count, isHashed ? Convert.ToHexStringLower(hash.GetHashAndReset()) : null);
        }
        finally
        {
            foreach (Task<JsonlVectorBlock> reading in ahead)
                (await reading.ConfigureAwait(false)).Dispose();
        }
    }

    private async ValueTask<LineBlock?> ReadLinesAsync(LineBlocks lines, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidInputException e)
        {
            // A row of a store. The rows before it are searched, and the ones after it cannot be read.
            return new LineBlock(ArrayPool<byte>.Shared.Rent(1), 0, 0, e.Place.Line)
            {
                Problem = new InvalidInputException(
                    e.Place, $"{e.InnerException?.Message ?? e.Message} The rows after it are not searched.", e),
            };
        }
        catch (InvalidDataException e)
        {
            throw new InvalidInputException(new SnippetSource(path, lines.NextLine), e.Message, e);
        }
    }

    private void RequireOneOrigin(VectorOrigin origin, JsonlVectorBlock block)
    {
        if (block.Stranger is not { } stranger)
            return;

        throw new IndexException(
            path,
            $"its first vector was made by {IndexException.Describe(origin.ModelName, origin.Fingerprint)}, and the one in line "
            + $"{stranger.Place.Line} by {IndexException.Describe(stranger.ModelName, stranger.Fingerprint)}: they cannot be "
            + "compared.");
    }
}
