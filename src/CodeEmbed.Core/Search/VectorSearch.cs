using CodeEmbed.Runs;

namespace CodeEmbed.Search;

/// <summary>Finds the records whose vectors are nearest to one: every vector is compared, by the cosine.</summary>
/// <remarks>
///   The records are read one after the other, and only the nearest are held. Records with equal scores are in the order of
///   the sources, and within a source in that of its records.
/// </remarks>
/// <param name="sources">Where to search.</param>
public sealed class VectorSearch(IReadOnlyList<IVectorSource> sources)
{
    /// <summary>Finds the nearest records.</summary>
    /// <param name="question">The embedding to search near.</param>
    /// <param name="options">Which records are wanted; <see langword="null"/> for the defaults.</param>
    /// <param name="rejected">Called for each record without a valid vector; the others are searched.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The records, the nearest first.</returns>
    /// <exception cref="IndexException">
    ///   The vectors of a source have another fingerprint than the question, or different ones.
    /// </exception>
    /// <exception cref="InvalidInputException">A source as a whole is not valid.</exception>
    /// <exception cref="IOException">A source cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A source may not be read.</exception>
    /// <exception cref="OperationCanceledException">The search was stopped.</exception>
    public async Task<IReadOnlyList<CodeMatch>> FindAsync(
        CodeEmbedding question,
        SearchOptions? options = null,
        Action<RejectedRecord>? rejected = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new SearchOptions();
        foreach (IVectorSource source in sources)
            RequireComparable(question, source, await source.DescribeAsync(cancellationToken).ConfigureAwait(false));

        var nearest = new NearestRecords(options.Top);
        double square = Cosine.SquareOf(question.Vector);
        foreach (IVectorSource source in sources)
        {
            await foreach (VectorBlock block in source.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (RejectedRecord record in block.Rejected)
                    rejected?.Invoke(record);

                Search(block, question.Vector, square, options, nearest);
            }
        }

        var matches = new List<CodeMatch>();
        foreach ((double score, VectorRecord record) in nearest.TakeAll())
        {
            CodeEmbedding embedding = await record.ReadAsync(cancellationToken).ConfigureAwait(false);
            SnippetSource place = record.Place;
            matches.Add(new CodeMatch { Score = score, Embedding = embedding, Index = place.File, IndexLine = place.Line });
        }

        return matches;
    }

    private static void RequireComparable(CodeEmbedding question, IVectorSource source, VectorOrigin? origin)
    {
        if (origin is not null && origin.Fingerprint != question.Fingerprint)
        {
            throw new IndexException(
                source.Path,
                $"its vectors were made by {IndexException.Describe(origin.ModelName, origin.Fingerprint)}, and the "
                + $"question's by {IndexException.Describe(question.ModelName, question.Fingerprint)}: they cannot be compared.");
        }
    }

    private static void Search(
        VectorBlock block, ReadOnlySpan<float> question, double square, SearchOptions options, NearestRecords nearest)
    {
        for (int i = 0; i < block.Count; i++)
        {
            ReadOnlySpan<float> vector = block.VectorAt(i);
            if (CosineEstimate.IsBelow(question, square, vector, Math.Max(options.MinimumScore, nearest.Least)))
                continue;

            double score = Cosine.Of(question, square, vector);
            if (score >= options.MinimumScore && nearest.Takes(score)
                && options.Filter?.Invoke(block.LanguageAt(i), block.FilePathAt(i)) != false)
                nearest.Add(score, block.RecordAt(i));
        }
    }
}
