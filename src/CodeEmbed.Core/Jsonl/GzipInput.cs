using System.IO.Compression;
using System.Text;

namespace CodeEmbed.Jsonl;

/// <summary>Unpacks gzip, and fails where the data is cut short: .NET's <see cref="GZipStream"/> takes that for the end.</summary>
/// <remarks>
///   A gzip file may hold several members one after the other (RFC 1952, section 2.2). A last member with a known text is put
///   behind the file: only if the file ends where a member ends does that text come out, and it is taken off again. A file of no
///   bytes holds nothing: that is what .NET makes of nothing.
/// </remarks>
internal sealed class GzipInput : ReadOnlyStream
{
    // Without a line feed, so that what comes of a cut file is never taken for a line.
    private static readonly byte[] LastText = Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N"));
    private static readonly byte[] LastMember = Pack(LastText);

    private readonly ConcatenatedStream _source;
    private readonly GZipStream _unpacked;

    // Always holds back as much as the last text is long, until the end shows whether it is that.
    private readonly byte[] _held = new byte[LastText.Length + (64 * 1024)];
    private int _heldLength, _lengthAfterFile;
    private bool _ended;

    /// <summary>Starts to unpack.</summary>
    /// <param name="packed">The gzip data; it is disposed with this stream.</param>
    public GzipInput(Stream packed)
    {
        _source = new ConcatenatedStream(packed, new MemoryStream(LastMember));
        _unpacked = new GZipStream(_source, CompressionMode.Decompress);
    }

    /// <summary>Tells by a file's name whether it holds gzip data: names that end in <c>.gz</c> do.</summary>
    public static bool IsPacked(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The data is damaged or cut short.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_ended && _heldLength <= LastText.Length)
        {
            int read = await _unpacked.ReadAsync(_held.AsMemory(_heldLength), cancellationToken).ConfigureAwait(false);
            _heldLength += read;

            // Where the file is cut inside a member, the last one is unpacked as if it went on with that, to anything.
            if (_source.FirstEnded)
                _lengthAfterFile += read;

            _ended = read == 0 || _lengthAfterFile > LastText.Length;
        }

        int heldBack = LastText.Length;
        if (_ended && !_held.AsSpan(0, _heldLength)[^_lengthAfterFile..].SequenceEqual(LastText))
        {
            heldBack = _lengthAfterFile;
            if (_heldLength == heldBack)
                throw new InvalidDataException("The gzip data is cut short.");
        }

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
            _unpacked.Dispose();

        base.Dispose(disposing);
    }

    private static byte[] Pack(byte[] text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.NoCompression))
            gzip.Write(text);

        return packed.ToArray();
    }
}
