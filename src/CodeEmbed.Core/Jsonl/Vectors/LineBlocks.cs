using System.Buffers;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Vectors;

/// <summary>Cuts a stream of lines into blocks of whole lines, which several threads can then read.</summary>
/// <param name="stream">The stream.</param>
internal sealed class LineBlocks(Stream stream)
{
    /// <summary>Some hundred lines with vectors: enough work for a thread.</summary>
    private const int BlockLength = 1024 * 1024;

    private byte[] _rest = [];
    private int _restLength;
    private long _start, _line = 1;
    private bool _ended, _isInLongLine;
    private InvalidInputException? _failure;

    /// <summary>The number of the line that comes next.</summary>
    public long NextLine => _line;

    /// <summary>Reads the next block.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The block, which the caller disposes; <see langword="null"/> at the end of the input.</returns>
    /// <exception cref="InvalidInputException">
    ///   A row of a store is damaged. The rows before it were in earlier blocks.
    /// </exception>
    public async ValueTask<LineBlock?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_failure is { } failure)
        {
            _failure = null;
            throw failure;
        }

        if (_ended)
            return null;

        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(BlockLength, 2 * _restLength));
        _rest.AsSpan(0, _restLength).CopyTo(buffer);
        int length = _restLength;
        while (true)
        {
            int read = 0;
            try
            {
                read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            }
            catch (InvalidInputException e)
            {
                _failure = e;
            }

            length += read;
            _ended = read == 0;
            if (_isInLongLine)
                length = DropLongLine(buffer, length);

            int whole = _ended ? length : buffer.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
            if (_ended || (whole > 0 && length == buffer.Length))
                return Take(buffer, whole, length);

            if (whole == 0 && length > RecordSchema.MaxLineLength)
            {
                _isInLongLine = true;
                _restLength = 0;
                _start += length;
                return new LineBlock(buffer, 0, _start, _line++) { IsTooLong = true };
            }

            if (length == buffer.Length)
                buffer = Grow(buffer, length);
        }
    }

    /// <summary>Drops the rest of a line that is too long, as far as it was read.</summary>
    /// <returns>How many bytes are left; they are moved to the start.</returns>
    private int DropLongLine(byte[] buffer, int length)
    {
        int end = buffer.AsSpan(0, length).IndexOf((byte)'\n');
        int dropped = end < 0 ? length : end + 1;
        buffer.AsSpan(dropped, length - dropped).CopyTo(buffer);
        _start += dropped;
        _isInLongLine = end < 0;
        return length - dropped;
    }

    private LineBlock Take(byte[] buffer, int whole, int length)
    {
        _restLength = length - whole;
        if (_rest.Length < _restLength)
            _rest = new byte[_restLength];

        buffer.AsSpan(whole, _restLength).CopyTo(_rest);
        var block = new LineBlock(buffer, whole, _start, _line);
        _start += whole;
        _line += buffer.AsSpan(0, whole).Count((byte)'\n');
        return block;
    }

    private static byte[] Grow(byte[] buffer, int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}

/// <summary>Some whole lines of a file.</summary>
/// <param name="buffer">Their bytes, in an array of the pool.</param>
/// <param name="length">How many bytes.</param>
/// <param name="start">Where they start in the file.</param>
/// <param name="firstLine">The number of the first line.</param>
internal sealed class LineBlock(byte[] buffer, int length, long start, long firstLine) : IDisposable
{
    private byte[]? _buffer = buffer;

    /// <summary>The lines.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, length);

    /// <summary>Where they start in the file; in a compressed one, in its text.</summary>
    public long Start => start;

    /// <summary>The number of the first line.</summary>
    public long FirstLine => firstLine;

    /// <summary>Whether, instead of lines, it represents one that is too long.</summary>
    public bool IsTooLong { get; init; }

    /// <summary>Why, instead of lines, there is a damaged row, and none after it.</summary>
    public InvalidInputException? Problem { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);

        _buffer = null;
    }
}
