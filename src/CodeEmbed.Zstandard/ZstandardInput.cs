using CodeEmbed.Jsonl.Input;

namespace CodeEmbed.Zstandard;

/// <summary>Decompresses Zstandard frames, one after the other, and fails if the data is incomplete.</summary>
/// <remarks>
///   Like the reference program, it refuses a frame whose window is larger than 128 MiB, so that a file cannot decide how much
///   memory is taken. Zeros after the last frame are padding, as in gzip data.
/// </remarks>
/// <param name="compressed">The data; it is disposed with this stream.</param>
internal sealed class ZstandardInput(Stream compressed) : ReadOnlyStream
{
    /// <summary>The message for incomplete data.</summary>
    public const string Damaged = "the Zstandard data is damaged or cut short.";

    private const int MagicLength = 4;

    private readonly DecompressionContext _context = new();

    // Not much larger than a block of a file, because progress is counted by the bytes that were read from the file.
    private readonly byte[] _input = new byte[32 * 1024];
    private int _start, _end;
    private bool _hasEnded, _isInFrame, _anyFrame;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">
    ///   The data is damaged or cut short, is followed by something else, or asks for too much memory.
    /// </exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            if (!_isInFrame && !await StartFrameAsync(cancellationToken).ConfigureAwait(false))
                return 0;

            _isInFrame = !_context.Decompress(_input.AsSpan(_start, _end - _start), buffer.Span, out int taken, out int written);
            _start += taken;
            if (written > 0)
                return written;

            if (_isInFrame && _start == _end && !await FillAsync(cancellationToken).ConfigureAwait(false))
                throw new InvalidDataException(Damaged);
        }

        return 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _context.Dispose();
            compressed.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Looks for the start of a frame, and returns whether there is one; otherwise the data ends here.</summary>
    /// <exception cref="InvalidDataException">There is something else.</exception>
    private async ValueTask<bool> StartFrameAsync(CancellationToken cancellationToken)
    {
        while (_end - _start < MagicLength && await FillAsync(cancellationToken).ConfigureAwait(false))
        {
        }

        ReadOnlyMemory<byte> next = _input.AsMemory(_start, _end - _start);
        if (next.IsEmpty)
            return false;

        if (CompressedFormat.Zstandard.IsStart(next))
            return _isInFrame = _anyFrame = true;

        await SkipZerosAsync(cancellationToken).ConfigureAwait(false);
        if (_start == _end && _anyFrame)
            return false;

        throw new InvalidDataException(
            _anyFrame && _end - _start >= MagicLength
                ? "the Zstandard data is whole, but other bytes follow it. Remove them."
                : Damaged);
    }

    private async ValueTask SkipZerosAsync(CancellationToken cancellationToken)
    {
        do
        {
            int other = _input.AsSpan(_start, _end - _start).IndexOfAnyExcept((byte)0);
            _start = other < 0 ? _end : _start + other;
        }
        while (_start == _end && await FillAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Reads more data, and returns whether there was any.</summary>
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        _input.AsSpan(_start, _end - _start).CopyTo(_input);
        (_start, _end) = (0, _end - _start);
        int read = _hasEnded ? 0 : await compressed.ReadAsync(_input.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _hasEnded = read == 0;
        _end += read;
        return read > 0;
    }
}
