using System.Runtime.CompilerServices;
using CodeEmbed.Runs;

namespace CodeEmbed.Search;

/// <summary>
///   Keeps the vectors of sources in memory as they are read, up to a limit, so that the next question need not read them again.
///   For several threads at once.
/// </summary>
/// <remarks>
///   The cache of a source is used only while its <see cref="IVectorSource.ReadVersion">version</see> is the same. A source
///   that does not fit is not cached; if room is needed, the least recently used source goes first.
/// </remarks>
/// <param name="limit">How many bytes are cached at most.</param>
public sealed class VectorCache(long limit)
{
    private readonly object _gate = new();

    // The most recently used one is at the end.
    private readonly List<HeldVectors> _held = [];

    /// <summary>How many bytes are cached.</summary>
    public long Size
    {
        get
        {
            lock (_gate)
                return _held.Sum(held => held.Size);
        }
    }

    /// <summary>A source with the vectors of another one: from the cache, or else cached as they are read.</summary>
    /// <param name="source">The other one.</param>
    public IVectorSource Hold(IVectorSource source) => new Source(this, source);

    /// <summary>Clears the cache.</summary>
    public void Clear()
    {
        lock (_gate)
            _held.Clear();
    }

    private HeldVectors? Find(string path, string? version)
    {
        lock (_gate)
        {
            if (_held.Find(held => held.Path == path) is not { } found)
                return null;

            _held.Remove(found);
            if (version is null || found.Version != version)
                return null;

            _held.Add(found);
            return found;
        }
    }

    private void Keep(HeldVectors vectors)
    {
        lock (_gate)
        {
            _held.RemoveAll(held => held.Path == vectors.Path);
            _held.Add(vectors);
            while (_held.Sum(held => held.Size) > limit)
                _held.RemoveAt(0);
        }
    }

    private long Limit => limit;

    private sealed class Source(VectorCache cache, IVectorSource source) : IVectorSource
    {
        public string Path => source.Path;

        public string? ReadVersion() => source.ReadVersion();

        public async ValueTask<VectorOrigin?> DescribeAsync(CancellationToken cancellationToken = default) =>
            cache.Find(Path, ReadVersion())?.Origin ?? await source.DescribeAsync(cancellationToken).ConfigureAwait(false);

        public async IAsyncEnumerable<VectorBlock> ReadAsync(
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            string? version = ReadVersion();
            if (cache.Find(Path, version) is { } held)
            {
                foreach (HeldBlock block in held.Blocks)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return block;
                }

                yield break;
            }

            VectorOrigin? origin = await source.DescribeAsync(cancellationToken).ConfigureAwait(false);
            HeldVectors? keeping = version is null || origin is null ? null : new HeldVectors(Path, version, origin);
            await foreach (VectorBlock block in source.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (keeping is not null && !keeping.TryAdd(block, limit: cache.Limit))
                    keeping = null;

                yield return block;
            }

            if (keeping is not null && ReadVersion() == version)
                cache.Keep(keeping);
        }
    }
}

/// <summary>The cached vectors of a source.</summary>
/// <param name="path">The source's path.</param>
/// <param name="version">The source's version.</param>
/// <param name="origin">The model that made the vectors.</param>
internal sealed class HeldVectors(string path, string version, VectorOrigin origin)
{
    /// <summary>
    ///   About how much memory a record takes besides its vector: the references to it and to its language and file.
    /// </summary>
    private const int RecordSize = 96;

    private const int RejectedSize = 1024;

    private readonly HashSet<string> _texts = [];
    private readonly List<HeldBlock> _blocks = [];

    public string Path => path;

    public string Version => version;

    public VectorOrigin Origin => origin;

    public IReadOnlyList<HeldBlock> Blocks => _blocks;

    /// <summary>About how many bytes are held.</summary>
    public long Size { get; private set; }

    /// <summary>Takes a copy of the next block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="limit">How many bytes may be held.</param>
    /// <returns>Whether it was copied: not if the source turns out not to fit.</returns>
    public bool TryAdd(VectorBlock block, long limit)
    {
        long size = (block.Count * (((long)origin.Dimensions * sizeof(float)) + RecordSize)) + RejectedLength(block);
        if (Size + size > limit || (block.Fraction is > 0 and var fraction && (Size + size) / fraction > limit))
            return false;

        var held = new HeldBlock(block, origin.Dimensions, Share);
        _blocks.Add(held);
        Size += size;
        return Size <= limit;
    }

    private static long RejectedLength(VectorBlock block) =>
        block.Rejected.Sum(record => RejectedSize + record.Record.Length);

    /// <summary>One string for equal texts: an index has few languages, and many snippets for each file.</summary>
    private string Share(string text)
    {
        if (_texts.TryGetValue(text, out string? shared))
            return shared;

        _texts.Add(text);
        Size += (2L * text.Length) + RecordSize;
        return text;
    }
}

/// <summary>A copy of a block.</summary>
internal sealed class HeldBlock : VectorBlock
{
    private readonly int _dimensions;
    private readonly float[] _vectors;
    private readonly (string Language, string FilePath, VectorRecord Record)[] _records;

    /// <summary>Copies a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="dimensions">The length of a vector.</param>
    /// <param name="share">Returns the same string for equal texts.</param>
    public HeldBlock(VectorBlock block, int dimensions, Func<string, string> share)
    {
        _dimensions = dimensions;
        _vectors = new float[block.Count * dimensions];
        _records = new (string Language, string FilePath, VectorRecord Record)[block.Count];
        Rejected = [.. block.Rejected];
        for (int i = 0; i < block.Count; i++)
        {
            block.VectorAt(i).CopyTo(_vectors.AsSpan(i * dimensions));
            _records[i] = (share(block.LanguageAt(i)), share(block.FilePathAt(i)), block.ReferenceAt(i));
        }
    }

    /// <inheritdoc/>
    public override int Count => _records.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<RejectedRecord> Rejected { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> VectorAt(int index) => _vectors.AsSpan(index * _dimensions, _dimensions);

    /// <inheritdoc/>
    public override string LanguageAt(int index) => _records[index].Language;

    /// <inheritdoc/>
    public override string FilePathAt(int index) => _records[index].FilePath;

    /// <inheritdoc/>
    public override VectorRecord RecordAt(int index) => _records[index].Record;

    /// <inheritdoc/>
    public override VectorRecord ReferenceAt(int index) => _records[index].Record;
}
