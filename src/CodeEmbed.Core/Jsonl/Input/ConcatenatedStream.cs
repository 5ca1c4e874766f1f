namespace CodeEmbed.Jsonl.Input;

/// <summary>Two streams, one after the other; both are disposed with it.</summary>
internal sealed class ConcatenatedStream(Stream first, Stream second) : ReadOnlyStream
{
    /// <summary>Whether the first stream has ended.</summary>
    public bool FirstEnded { get; private set; }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!FirstEnded)
        {
            int read = await first.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read > 0)
                return read;

            FirstEnded = true;
        }

        return await second.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            first.Dispose();
            second.Dispose();
        }

        base.Dispose(disposing);
    }
}
