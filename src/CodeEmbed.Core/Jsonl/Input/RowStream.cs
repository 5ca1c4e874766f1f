using System.Buffers;
using CodeEmbed.Jsonl.Lines;

namespace CodeEmbed.Jsonl.Input;

/// <summary>The rows of a store as lines of JSON.</summary>
/// <param name="rows">The rows.</param>
/// <param name="file">The file that they are read from; it is closed with this stream.</param>
internal sealed class RowStream(IAsyncEnumerable<EmbeddingRow> rows, IDisposable file) : ReadOnlyStream
{
    private readonly IAsyncEnumerator<EmbeddingRow> _rows = rows.GetAsyncEnumerator();
    private readonly ArrayBufferWriter<byte> _lines = new();
    private int _taken;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_taken == _lines.WrittenCount)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _lines.ResetWrittenCount();
            _taken = 0;
            if (!await _rows.MoveNextAsync().ConfigureAwait(false))
                return 0;

            RowRecord.Write(_lines, _rows.Current);
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
}
