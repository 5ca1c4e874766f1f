using System.Runtime.InteropServices;

namespace CodeEmbed.Search;

/// <summary>Records in memory, to be compared with each other: records with the same vector share it.</summary>
/// <param name="dimensions">The length of the vectors.</param>
/// <param name="limit">How many bytes they may take.</param>
internal sealed class HeldRecords(int dimensions, long limit)
{
    /// <summary>About how much memory a record takes: its place, and the entries that refer to it.</summary>
    private const int RecordSize = 96;

    /// <summary>
    ///   About how much memory a number takes in the text of a record that cannot be read again, and is held as a whole.
    /// </summary>
    private const int NumberSize = 12;

    /// <summary>About how much memory a record that was read takes besides its vector, its line and its content.</summary>
    private const int ReadSize = 1024;

    private readonly List<VectorRecord> _records = [];
    private readonly List<int> _vectors = [];
    private readonly List<VectorTile> _tiles = [];

    // The last vector with a hash, and for each vector the one before it with the same; -1 for none.
    private readonly Dictionary<int, int> _byHash = [];
    private readonly List<int> _before = [];
    private readonly HashSet<int> _repeated = [];
    private long _size;

    /// <summary>About how many bytes are left of the limit.</summary>
    public long Room => limit - _size;

    /// <summary>About how many bytes a record that was read takes besides its line and its content.</summary>
    public long LeastReadSize => ReadSize + (dimensions * (long)sizeof(float));

    /// <summary>The records, in order.</summary>
    public IReadOnlyList<VectorRecord> Records => _records;

    /// <summary>For each record the number of its vector; the first is 0.</summary>
    public IReadOnlyList<int> Vectors => _vectors;

    /// <summary>The numbers of the vectors that several records have, in any order.</summary>
    public IReadOnlyCollection<int> Repeated => _repeated;

    /// <summary>The vectors, in order; each tile but the last is full.</summary>
    public IReadOnlyList<VectorTile> Tiles => _tiles;

    /// <summary>How many vectors there are.</summary>
    public int VectorCount => _before.Count;

    /// <summary>Adds a record.</summary>
    /// <param name="vector">Its vector, [dimensions].</param>
    /// <param name="record">The record.</param>
    /// <param name="isWhole">Whether the record holds its text.</param>
    /// <returns>Whether there is room.</returns>
    public bool TryAdd(ReadOnlySpan<float> vector, VectorRecord record, bool isWhole)
    {
        bool startsTile = VectorCount % VectorTile.Capacity == 0;
        _size += RecordSize + (isWhole ? (long)dimensions * NumberSize : 0);
        if (_size + (startsTile ? VectorTile.SizeOf(dimensions) : 0) > limit)
            return false;

        if (startsTile && (_tiles.Count == 0 || _tiles[^1].Count == VectorTile.Capacity))
        {
            _tiles.Add(new VectorTile(dimensions));
            _size += VectorTile.SizeOf(dimensions);
        }

        _records.Add(record);
        _vectors.Add(AddVector(vector));
        return true;
    }

    /// <summary>Makes room for the records of a group: the vectors are no longer needed once they have been compared.</summary>
    public void DropVectors()
    {
        _size -= _tiles.Count * VectorTile.SizeOf(dimensions);
        _tiles.Clear();
    }

    /// <summary>The vector with a number.</summary>
    /// <param name="vector">The number.</param>
    public ReadOnlySpan<float> VectorAt(int vector) => _tiles[vector / VectorTile.Capacity][vector % VectorTile.Capacity];

    private int AddVector(ReadOnlySpan<float> vector)
    {
        VectorTile tile = _tiles[^1];
        tile.Add(vector);
        ReadOnlySpan<float> added = tile[tile.Count - 1];
        var hash = new HashCode();
        hash.AddBytes(MemoryMarshal.AsBytes(added));
        int key = hash.ToHashCode();
        int last = _byHash.GetValueOrDefault(key, -1);

        // Vectors without direction have the cosine 0 with each other, and are not duplicates although they are equal.
        if (tile.SquareAt(tile.Count - 1) > 0)
        {
            for (int other = last; other >= 0; other = _before[other])
            {
                if (!MemoryMarshal.AsBytes(VectorAt(other)).SequenceEqual(MemoryMarshal.AsBytes(added)))
                    continue;

                tile.RemoveLast();
                _repeated.Add(other);
                return other;
            }
        }

        _byHash[key] = _before.Count;
        _before.Add(last);
        return _before.Count - 1;
    }
}
