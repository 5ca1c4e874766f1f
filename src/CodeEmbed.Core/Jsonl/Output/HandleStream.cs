using CodeEmbed.Jsonl.Input;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Jsonl.Output;

/// <summary>Reads an open file from its start. Several may read one file, and it stays open.</summary>
/// <param name="handle">The file.</param>
/// <param name="isEnded">Tells whether nothing more is to be read.</param>
internal sealed class HandleStream(SafeFileHandle handle, Func<bool> isEnded) : ReadOnlyStream
{
    private long _position;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (isEnded())
            return 0;

        int read = await RandomAccess.ReadAsync(handle, buffer, _position, cancellationToken).ConfigureAwait(false);
        _position += read;
        return read;
    }
}
