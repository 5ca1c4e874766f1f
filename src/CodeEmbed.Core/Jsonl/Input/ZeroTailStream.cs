namespace CodeEmbed.Jsonl.Input;

/// <summary>
///   Passes on another stream, and returns the zeros at its end, which may be padding, in separate reads. So a decoder
///   that stops within them has not read anything else after its data.
/// </summary>
/// <param name="source">The other stream; it is disposed with this one.</param>
internal sealed class ZeroTailStream(Stream source) : ReadOnlyStream
{
    private readonly byte[] _buffer = new byte[8 * 1024];
    private int _start, _end;

    // Zeros that come before what is in the buffer, and zeros that come after it.
    private long _zerosBefore, _zerosAfter;
    private bool _sourceEnded;

    /// <summary>Whether some of the zeros at the end were read.</summary>
    public bool TailBegan { get; private set; }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_zerosBefore == 0 && _start == _end && !_sourceEnded)
            await FillAsync(cancellationToken).ConfigureAwait(false);

        if (_zerosBefore > 0)
            return GiveZeros(buffer.Span, ref _zerosBefore);

        if (_start == _end)
        {
            TailBegan |= _zerosAfter > 0;
            return GiveZeros(buffer.Span, ref _zerosAfter);
        }

        int count = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(buffer.Span);
        _start += count;
        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            source.Dispose();

        base.Dispose(disposing);
    }

    private static int GiveZeros(Span<byte> buffer, ref long zeros)
    {
        int count = (int)Math.Min(buffer.Length, zeros);
        buffer[..count].Clear();
        zeros -= count;
        return count;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        int read = await source.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
        _sourceEnded = read == 0;
        (_start, _end) = (0, _buffer.AsSpan(0, read).LastIndexOfAnyExcept((byte)0) + 1);
        if (_end > 0)
            (_zerosBefore, _zerosAfter) = (_zerosAfter, read - _end);
        else
            _zerosAfter += read;
    }
}
