using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Reuse;

/// <summary>Where the record of each content is: 48 bytes a content, and 4 to 8 for the chains.</summary>
/// <remarks>The entries never move: a table that doubles in one piece would need twice its size meanwhile.</remarks>
internal sealed class ContentTable
{
    private const int BlockLength = 1 << 14, FirstBuckets = 1 << 10;

    private readonly List<Entry[]> _blocks = [];
    private int[] _buckets = new int[FirstBuckets];
    private int _count;

    /// <summary>How many records were added, and have not been taken since.</summary>
    public long Left { get; private set; }

    /// <summary>Adds a record. If several have the same content, the first that has a place is found.</summary>
    /// <param name="key">The content.</param>
    /// <param name="place">Where the record is, or <see langword="null"/> if it is only counted.</param>
    public void Add(ContentKey key, LinePlace? place)
    {
        Left++;
        int number = FindNumber(key);
        if (number == 0)
        {
            if (_count == _buckets.Length)
                Grow();

            if (_count % BlockLength == 0)
                _blocks.Add(new Entry[BlockLength]);

            number = ++_count;
            At(number) = new Entry { Key = key, Place = place ?? LinePlace.None };
            Link(number);
        }

        ref Entry entry = ref At(number);
        entry.Left++;
        if (entry.Place.Length == 0 && place is not null)
            entry.Place = place.Value;
    }

    /// <summary>Takes one of the records with a content.</summary>
    /// <returns>
    ///   The place of such a record, which may have been taken before; <see langword="null"/> if no record with this content
    ///   has a place.
    /// </returns>
    public LinePlace? Take(ContentKey key)
    {
        int number = FindNumber(key);
        if (number == 0)
            return null;

        ref Entry entry = ref At(number);
        if (entry.Left > 0)
        {
            entry.Left--;
            Left--;
        }

        return entry.Place.Length == 0 ? null : entry.Place;
    }

    private ref Entry At(int number) => ref _blocks[(number - 1) / BlockLength][(number - 1) % BlockLength];

    private ref int BucketOf(ContentKey key) => ref _buckets[(int)(key.First & (ulong)(_buckets.Length - 1))];

    /// <summary>The number of an entry, from 1 on; 0 for none.</summary>
    private int FindNumber(ContentKey key)
    {
        int number = BucketOf(key);
        while (number != 0 && At(number).Key != key)
            number = At(number).Next;

        return number;
    }

    private void Link(int number)
    {
        ref Entry entry = ref At(number);
        ref int bucket = ref BucketOf(entry.Key);
        (entry.Next, bucket) = (bucket, number);
    }

    private void Grow()
    {
        _buckets = new int[2 * _buckets.Length];
        for (int number = 1; number <= _count; number++)
            Link(number);
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct Entry
    {
        public ContentKey Key;
        public LinePlace Place;
        public int Left, Next;
    }
}

/// <summary>The first 128 bits of the SHA-256 of a content. The caller compares the content too.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct ContentKey(ulong First, ulong Second)
{
    /// <summary>The key of a content by its digest.</summary>
    public static ContentKey Of(ReadOnlySpan<byte> digest) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(digest), BinaryPrimitives.ReadUInt64LittleEndian(digest[8..]));
}

/// <summary>Where a line is.</summary>
/// <param name="FileAndOffset">The number of its file and, in the lower 48 bits, where it starts there.</param>
/// <param name="Check">The first 64 bits of the SHA-256 of the line: it must not have changed.</param>
/// <param name="Length">How many bytes it has; 0 for no line.</param>
/// <param name="Number">Its number, if its vector is in a separate file; otherwise 0.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct LinePlace(long FileAndOffset, ulong Check, int Length, uint Number)
{
    private const int OffsetBits = 48;

    /// <summary>No line.</summary>
    public static LinePlace None => default;

    /// <summary>The number of its file.</summary>
    public int File => (int)(FileAndOffset >> OffsetBits);

    /// <summary>Where it starts there.</summary>
    public long Offset => FileAndOffset & ((1L << OffsetBits) - 1);

    /// <summary>The place of a line.</summary>
    /// <param name="file">The number of its file.</param>
    /// <param name="offset">Where it starts there.</param>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number, if its vector is in a separate file; otherwise 0.</param>
    /// <param name="vector">That vector.</param>
    public static LinePlace Of(
        int file, long offset, ReadOnlySpan<byte> line, uint number = 0, ReadOnlySpan<float> vector = default) =>
        new(((long)file << OffsetBits) | offset, CheckOf(line, vector), line.Length, number);

    /// <summary>Whether a line, and its vector in a separate file, are the same as when the place was made.</summary>
    public bool Is(ReadOnlySpan<byte> line, ReadOnlySpan<float> vector) =>
        line.Length == Length && CheckOf(line, vector) == Check;

    private static ulong CheckOf(ReadOnlySpan<byte> line, ReadOnlySpan<float> vector)
    {
        Span<byte> digest = stackalloc byte[2 * ContentDigest.Length];
        SHA256.HashData(line, digest);
        if (!vector.IsEmpty)
        {
            SHA256.HashData(MemoryMarshal.AsBytes(vector), digest[ContentDigest.Length..]);
            SHA256.HashData(digest, digest);
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }
}
