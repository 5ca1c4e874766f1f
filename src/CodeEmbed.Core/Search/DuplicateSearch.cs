using System.Globalization;
using System.Runtime.CompilerServices;
using CodeEmbed.Runs;

namespace CodeEmbed.Search;

/// <summary>Finds groups of near duplicates: each vector is compared with every other, by the cosine.</summary>
/// <remarks>
///   <para>
///     Two records are near if their cosine is at or above a score. A group holds all records connected by such pairs, so
///     that no pair is in two groups, and the order of the records changes no group.
///   </para>
///   <para>
///     The vectors are held in memory and compared in float32, tile by tile on several threads. If that, with its rounding
///     errors, might change the result, the pair is compared again by <see cref="Cosine"/>: so the result has the same bits
///     everywhere. Pairs are not held.
///   </para>
/// </remarks>
/// <param name="sources">Where the records are.</param>
public sealed class DuplicateSearch(IReadOnlyList<IVectorSource> sources)
{
    private const double Megabyte = 1024 * 1024;

    /// <summary>Finds the groups.</summary>
    /// <param name="options">What counts as a duplicate; <see langword="null"/> for the defaults.</param>
    /// <param name="rejected">Called for each record without a valid vector; the others are compared.</param>
    /// <param name="progress">Receives the share of all pairs that has been compared, from 0 to 1.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>
    ///   The groups, the one with the highest score first; with equal scores, the one whose first record comes first. The
    ///   records of each are read when it is asked for.
    /// </returns>
    /// <exception cref="IndexException">
    ///   The vectors of the sources have different fingerprints or lengths, or they, or the records of a group, need more
    ///   memory than allowed.
    /// </exception>
    /// <exception cref="InvalidInputException">A source as a whole is not valid.</exception>
    /// <exception cref="IOException">A source cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A source may not be read.</exception>
    /// <exception cref="OperationCanceledException">The search was stopped.</exception>
    public async IAsyncEnumerable<DuplicateGroup> FindAsync(
        DuplicateOptions? options = null,
        Action<RejectedRecord>? rejected = null,
        IProgress<double>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        options ??= new DuplicateOptions();
        if (await DescribeAsync(cancellationToken).ConfigureAwait(false) is not { } origin)
            yield break;

        var held = new HeldRecords(origin.Dimensions, options.MemoryLimit);
        foreach (IVectorSource source in sources)
            await ReadAsync(source, held, options, rejected, cancellationToken).ConfigureAwait(false);

        NearSets sets = Compare(held, origin.Dimensions, options, progress, cancellationToken);
        held.DropVectors();

        // Records without a duplicate are left out before they are grouped, as each group takes an object.
        IEnumerable<IGrouping<int, int>> groups = Enumerable.Range(0, held.Records.Count)
            .Where(record => sets.ScoreOf(sets.Find(held.Vectors[record])) > double.NegativeInfinity)
            .GroupBy(record => sets.Find(held.Vectors[record]))
            .OrderByDescending(group => sets.ScoreOf(group.Key));
        foreach (IGrouping<int, int> group in groups)
        {
            VectorRecord[] records = [.. group.Select(record => held.Records[record])];
            yield return await ReadGroupAsync(records, sets.ScoreOf(group.Key), held, options, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private async ValueTask<VectorOrigin?> DescribeAsync(CancellationToken cancellationToken)
    {
        VectorOrigin? first = null;
        string firstPath = string.Empty;
        foreach (IVectorSource source in sources)
        {
            VectorOrigin? origin = await source.DescribeAsync(cancellationToken).ConfigureAwait(false);
            if (first is null)
            {
                (first, firstPath) = (origin, source.Path);
            }
            else if (origin is not null
                && (origin.Fingerprint != first.Fingerprint || origin.Dimensions != first.Dimensions))
            {
                throw new IndexException(
                    source.Path,
                    $"its vectors, of {origin.Dimensions} numbers, were made by "
                    + $"{IndexException.Describe(origin.ModelName, origin.Fingerprint)}, and those of '{firstPath}', of "
                    + $"{first.Dimensions}, by {IndexException.Describe(first.ModelName, first.Fingerprint)}: they cannot be "
                    + "compared. Search one file after the other.");
            }
        }

        return first;
    }

    private static async Task ReadAsync(
        IVectorSource source,
        HeldRecords held,
        DuplicateOptions options,
        Action<RejectedRecord>? rejected,
        CancellationToken cancellationToken)
    {
        bool isWhole = source.ReadVersion() is null;
        await foreach (VectorBlock block in source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (RejectedRecord record in block.Rejected)
                rejected?.Invoke(record);

            for (int i = 0; i < block.Count; i++)
            {
                if (options.Filter?.Invoke(block.LanguageAt(i), block.FilePathAt(i)) == false)
                    continue;

                if (!held.TryAdd(block.VectorAt(i), isWhole ? block.RecordAt(i) : block.ReferenceAt(i), isWhole))
                {
                    throw TooLarge(
                        source.Path,
                        "its vectors are compared in memory, and need",
                        options,
                        "Search in fewer files at once, or in a part of them by language or file.");
                }
            }
        }
    }

    private static NearSets Compare(
        HeldRecords held,
        int dimensions,
        DuplicateOptions options,
        IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        var sets = new NearSets(held.VectorCount);
        foreach (int vector in held.Repeated)
            sets.Join(vector, vector, Cosine.Of(held.VectorAt(vector), held.VectorAt(vector)));

        double error = VectorTile.ErrorOf(dimensions);

        // Rounded down, because it is compared with numbers of float32.
        float floor = MathF.BitDecrement((float)(options.MinimumScore - error));
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.Threads,
            CancellationToken = cancellationToken,
        };
        int count = held.Tiles.Count;
        long all = (long)count * (count + 1) / 2, done = 0;
        for (int i = 0; i < count; i++)
        {
            int row = i;
            Parallel.For(
                row,
                count,
                parallel,
                () => new List<NearPair>(),
                (column, _, pairs) =>
                {
                    pairs.Clear();
                    VectorTile.Compare(held.Tiles[row], held.Tiles[column], floor, pairs);
                    foreach (NearPair pair in pairs)
                    {
                        if ((pair.Left & 31) == 0)
                            cancellationToken.ThrowIfCancellationRequested();

                        Join(sets, held, row, column, pair, options.MinimumScore, error);
                    }

                    return pairs;
                },
                _ => { });
            done += count - row;
            progress?.Report((double)done / all);
        }

        return sets;
    }

    private static void Join(
        NearSets sets, HeldRecords held, int row, int column, NearPair pair, double minimumScore, double error)
    {
        int left = (row * VectorTile.Capacity) + pair.Left, right = (column * VectorTile.Capacity) + pair.Right;
        if (!sets.Matters(left, right, pair.Estimate + error))
            return;

        VectorTile tile = held.Tiles[row], other = held.Tiles[column];
        double score = Cosine.Of(tile[pair.Left], tile.SquareAt(pair.Left), other[pair.Right]);
        if (score >= minimumScore)
            sets.Join(left, right, score);
    }

    /// <summary>Reads the records of a group.</summary>
    /// <remarks>
    ///   Only a record that was read says how long its content is, so each is counted before the next one is read.
    /// </remarks>
    private static async Task<DuplicateGroup> ReadGroupAsync(
        VectorRecord[] records, double score, HeldRecords held, DuplicateOptions options, CancellationToken cancellationToken)
    {
        CodeEmbedding? first = null;
        var members = new List<CodeMatch>();
        var contents = new HashSet<string>();
        int unknown = 0;
        long size = records.Length * held.LeastReadSize;
        foreach (VectorRecord record in records)
        {
            SnippetSource place = record.Place;
            if (size > held.Room)
            {
                throw TooLarge(
                    place.File,
                    $"a group has {records.Length} records, which need",
                    options,
                    "Search with a higher smallest score, in fewer files at once, or in a part of them by language or file.");
            }

            CodeEmbedding embedding = await record.ReadAsync(cancellationToken).ConfigureAwait(false);
            first ??= embedding;
            CodeSnippet snippet = embedding.Snippet;
            size += snippet.Record.Utf8.Length + ((snippet.Content?.Length ?? 0) * (long)sizeof(char));
            if (snippet.Content is { } content)
                contents.Add(content);
            else
                unknown++;

            members.Add(new CodeMatch
            {
                Score = Cosine.Of(first.Vector, embedding.Vector),
                Embedding = embedding,
                Index = place.File,
                IndexLine = place.Line,
                Query = first.Snippet.Id,
            });
        }

        // An array, and not just any list, so that PowerShell can index it.
        CodeMatch[] ordered = [members[0], .. members.Skip(1).OrderByDescending(member => member.Score)];
        return new DuplicateGroup
        {
            Score = score,
            DistinctContents = contents.Count + unknown,
            Members = ordered,
        };
    }

    private static IndexException TooLarge(string file, string need, DuplicateOptions options, string advice)
    {
        string limit = (options.MemoryLimit / Megabyte).ToString("0.#", CultureInfo.InvariantCulture);
        return new IndexException(file, $"{need} more than the allowed {limit} MiB. {advice}");
    }
}
