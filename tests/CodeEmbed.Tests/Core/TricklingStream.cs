namespace CodeEmbed.Tests.Core;

/// <summary>Returns its bytes a few at a time, as a socket or a slow disk may.</summary>
internal sealed class TricklingStream(byte[] bytes, int atOnce) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, atOnce)], cancellationToken);
}
