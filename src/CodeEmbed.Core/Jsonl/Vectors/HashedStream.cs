using System.Security.Cryptography;
using CodeEmbed.Jsonl.Input;

namespace CodeEmbed.Jsonl.Vectors;

/// <summary>Hashes the bytes that are read from a stream, which stays open.</summary>
/// <param name="stream">The stream.</param>
/// <param name="hash">Receives the bytes.</param>
internal sealed class HashedStream(Stream stream, IncrementalHash hash) : ReadOnlyStream
{
    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        hash.AppendData(buffer.Span[..read]);
        return read;
    }
}
