namespace CodeEmbed.Jsonl.Input;

/// <summary>The bytes that were read from a stream and not yet taken. It grows as needed.</summary>
/// <param name="stream">The stream.</param>
internal sealed class StreamBuffer(Stream stream)
{
    private const int InitialLength = 64 * 1024;

    private byte[] _bytes = new byte[InitialLength];
    private int _start, _end;

    /// <summary>The bytes, in memory that the next <see cref="FillAsync"/> overwrites.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(_start, Length);

    /// <summary>The same bytes.</summary>
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(_start, Length);

    /// <summary>How many they are.</summary>
    public int Length => _end - _start;

    /// <summary>Whether the stream has no more.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>How many bytes have come from the stream.</summary>
    public long BytesRead { get; private set; }

    /// <summary>How many of them were taken.</summary>
    public long BytesTaken => BytesRead - Length;

    /// <summary>Takes bytes from the front.</summary>
    public void Take(int count) => _start += count;

    /// <summary>Reads more from the stream, or finds that it has ended.</summary>
    public async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            Span.CopyTo(_bytes);
            (_start, _end) = (0, Length);
        }

        if (_end == _bytes.Length)
            Array.Resize(ref _bytes, 2 * _bytes.Length);

        int read = await stream.ReadAsync(_bytes.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        BytesRead += read;
        HasEnded = read == 0;
    }
}
