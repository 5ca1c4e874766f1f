using System.IO.Compression;
using System.Text;

namespace CodeEmbed.Jsonl.Input;

/// <summary>
///   Decompresses gzip, and fails if the data is cut short: .NET's <see cref="GZipStream"/> takes that for the end.
/// </summary>
/// <remarks>
///   A gzip file may hold several members one after the other (RFC 1952, section 2.2). A last member with a known text is added
///   after the file: only if the file ends where a member ends does that text come out, and it is taken off again. A file of no
///   bytes holds nothing: .NET writes such a file for no data. Zeros after the last member are padding, as on tapes and disks
///   that write whole blocks.
/// </remarks>
internal sealed class GzipInput : ReadOnlyStream
{
    private const string Damaged = "the gzip data is damaged or cut short.";

    // Without a line feed, so that the rest of a cut file is never taken for a line.
    private static readonly byte[] LastText = Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N"));
    private static readonly byte[] LastMember = Compress(LastText);

    private readonly ZeroTailStream _file;
    private readonly ConcatenatedStream _source;
    private readonly GZipStream _decompressed;

    // Always holds back as many bytes as the last text has, until the end shows whether they are that text.
    private readonly byte[] _held = new byte[LastText.Length + (64 * 1024)];
    private int _heldLength, _lengthAfterFile;
    private bool _ended;

    /// <summary>Starts to decompress.</summary>
    /// <param name="compressed">The gzip data; it is disposed with this stream.</param>
    public GzipInput(Stream compressed)
    {
        _file = new ZeroTailStream(compressed);
        _source = new ConcatenatedStream(_file, new MemoryStream(LastMember));
        _decompressed = new GZipStream(_source, CompressionMode.Decompress);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">
    ///   The data is damaged or cut short, or followed by something else. The message says so, in words for the user.
    /// </exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_ended && _heldLength <= LastText.Length)
        {
            int read = await DecompressAsync(_held.AsMemory(_heldLength), cancellationToken).ConfigureAwait(false);
            _heldLength += read;

            // If the file is cut inside a member, the added bytes are decompressed as if they continued it, to anything.
            if (_source.FirstEnded)
                _lengthAfterFile += read;

            _ended = read == 0 || _lengthAfterFile > LastText.Length;
        }

        int heldBack = _ended ? HeldBackAtEnd() : LastText.Length;
        int count = Math.Min(buffer.Length, _heldLength - heldBack);
        _held.AsSpan(0, count).CopyTo(buffer.Span);
        _held.AsSpan(count, _heldLength - count).CopyTo(_held);
        _heldLength -= count;
        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _decompressed.Dispose();

        base.Dispose(disposing);
    }

    private async ValueTask<int> DecompressAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _decompressed.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException(Damaged, e);
        }
    }

    /// <summary>How many of the held bytes, at their end, are not the file's.</summary>
    /// <exception cref="InvalidDataException">
    ///   All of the file's data was read, and the file is not whole or has more than gzip data.
    /// </exception>
    private int HeldBackAtEnd()
    {
        bool isWhole = _held.AsSpan(0, _heldLength)[^_lengthAfterFile..].SequenceEqual(LastText);

        // The decoder stops early if the bytes after a member do not start another one.
        bool hasMore = !_source.FirstEnded && !_file.TailBegan;
        bool isPadded = !_source.FirstEnded && _file.TailBegan;
        if (_heldLength == _lengthAfterFile && !isWhole && !isPadded)
            throw new InvalidDataException(hasMore ? "the gzip data is whole, but other bytes follow it. Remove them." : Damaged);

        return _lengthAfterFile;
    }

    private static byte[] Compress(byte[] text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.NoCompression))
            gzip.Write(text);

        return compressed.ToArray();
    }
}
