using System.Buffers;
using CodeEmbed.Jsonl.Lines;

namespace CodeEmbed.Jsonl.Input;

/// <summary>The rows of a store as lines of JSON.</summary>
/// <param name="path">The store, for errors.</param>
/// <param name="rows">The rows.</param>
/// <param name="file">The file that they are read from; it is closed with this stream.</param>
internal sealed class RowStream(string path, IAsyncEnumerable<EmbeddingRow> rows, IDisposable file) : ReadOnlyStream
{
    /// <summary>How many bytes are made from rows at once.</summary>
    private const int BlockLength = 64 * 1024;

    private readonly IAsyncEnumerator<EmbeddingRow> _rows = rows.GetAsyncEnumerator();
    private readonly ArrayBufferWriter<byte> _lines = new(), _line = new();
    private Exception? _error;
    private long _count;
    private int _taken;
    private bool _hasEnded;

    /// <inheritdoc/>
    /// <exception cref="InvalidInputException">The store, or a row of it, is not what it should be.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_taken == _lines.WrittenCount)
        {
            _lines.ResetWrittenCount();
            _taken = 0;
            await FillAsync(cancellationToken).ConfigureAwait(false);
        }

        int length = Math.Min(buffer.Length, _lines.WrittenCount - _taken);
        _lines.WrittenMemory.Slice(_taken, length).CopyTo(buffer);
        _taken += length;
        return length;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _rows.DisposeAsync().ConfigureAwait(false);
        file.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _rows.DisposeAsync().AsTask().GetAwaiter().GetResult();
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        while (!_hasEnded && _lines.WrittenCount < BlockLength)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                _hasEnded = !await _rows.MoveNextAsync().ConfigureAwait(false);
                if (_hasEnded)
                    return;

                // Of a row that is damaged no half line is left.
                _line.ResetWrittenCount();
                RowRecord.Write(_line, _rows.Current);
                _lines.Write(_line.WrittenSpan);
                _count++;
            }
            catch (Exception e) when (e is InvalidDataException or CodeEmbedException or IOException)
            {
                // Comes after the rows before it.
                _hasEnded = true;
                _error = e is InvalidDataException
                    ? new InvalidInputException(new SnippetSource(path, _count + 1), e.Message, e)
                    : e;
            }
        }

        if (_lines.WrittenCount == 0 && _error is not null)
            throw _error;
    }
}
