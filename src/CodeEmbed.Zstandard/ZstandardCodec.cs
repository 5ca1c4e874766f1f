using ZstdSharp;
using ZstdSharp.Unsafe;

namespace CodeEmbed.Zstandard;

/// <summary>Zstandard with ZstdSharp, a C# port of the reference program: no native library is loaded.</summary>
public sealed class ZstandardCodec : IZstandard
{
    /// <inheritdoc/>
    public Stream Decompress(Stream compressed) => new ZstandardInput(compressed);

    /// <inheritdoc/>
    public Stream Compress(Stream target)
    {
        var stream = new CompressionStream(target, leaveOpen: true);
        stream.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return stream;
    }
}
