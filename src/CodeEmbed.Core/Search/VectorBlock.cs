using CodeEmbed.Runs;

namespace CodeEmbed.Search;

/// <summary>Some vectors of a source, one after the other.</summary>
public abstract class VectorBlock
{
    /// <summary>How many vectors there are.</summary>
    public abstract int Count { get; }

    /// <summary>The records among them that have no vector, or one that is not valid.</summary>
    public virtual IReadOnlyList<RejectedRecord> Rejected => [];

    /// <summary>
    ///   How much of the source has been read once the block is, from 0 to 1; <see langword="null"/> if that is unknown.
    /// </summary>
    public virtual double? Fraction => null;

    /// <summary>A vector, [dimensions], with finite numbers.</summary>
    /// <param name="index">Which one; the first is 0.</param>
    public abstract ReadOnlySpan<float> VectorAt(int index);

    /// <summary>The programming language of a vector's snippet.</summary>
    /// <param name="index">Which one; the first is 0.</param>
    public abstract string LanguageAt(int index);

    /// <summary>The file that a vector's snippet is from.</summary>
    /// <param name="index">Which one; the first is 0.</param>
    public abstract string FilePathAt(int index);

    /// <summary>The record of a vector. It stays valid longer than the block.</summary>
    /// <param name="index">Which one; the first is 0.</param>
    public abstract VectorRecord RecordAt(int index);

    /// <summary>
    ///   The same record, which uses almost no memory: it is read from the source when it is asked for. Call it only
    ///   if the source has a <see cref="IVectorSource.ReadVersion">version</see>.
    /// </summary>
    /// <param name="index">Which one; the first is 0.</param>
    public abstract VectorRecord ReferenceAt(int index);
}

/// <summary>A record of a source, which is read on demand.</summary>
public abstract class VectorRecord
{
    /// <summary>Where the record is.</summary>
    public abstract SnippetSource Place { get; }

    /// <summary>Reads the record.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The snippet with its vector.</returns>
    /// <exception cref="IOException">The record cannot be read, or the source has been changed.</exception>
    /// <exception cref="UnauthorizedAccessException">The source may not be read.</exception>
    public abstract ValueTask<CodeEmbedding> ReadAsync(CancellationToken cancellationToken = default);
}
