using System.Runtime.InteropServices;
using ZstdSharp.Unsafe;

namespace CodeEmbed.Zstandard;

/// <summary>ZstdSharp's state of a stream between two calls. The garbage collector does not manage its memory.</summary>
internal sealed unsafe class DecompressionContext : SafeHandle
{
    /// <summary>Creates a context for a new stream.</summary>
    /// <exception cref="InsufficientMemoryException">There is not enough memory for it.</exception>
    public DecompressionContext()
        : base(0, ownsHandle: true)
    {
        SetHandle((nint)Methods.ZSTD_createDCtx());
        if (IsInvalid)
            throw new InsufficientMemoryException();
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Decompresses as much as there is input and room for, of one frame at most.</summary>
    /// <param name="input">The data.</param>
    /// <param name="output">The destination.</param>
    /// <param name="taken">How much of the data was taken.</param>
    /// <param name="written">How much was written.</param>
    /// <returns>Whether the frame has ended, and all of its content was written.</returns>
    /// <exception cref="InvalidDataException">The data is damaged, or asks for too much memory.</exception>
    public bool Decompress(ReadOnlySpan<byte> input, Span<byte> output, out int taken, out int written)
    {
        fixed (byte* source = input, target = output)
        {
            var from = new ZSTD_inBuffer_s { src = source, size = (nuint)input.Length };
            var to = new ZSTD_outBuffer_s { dst = target, size = (nuint)output.Length };
            nuint result = Methods.ZSTD_decompressStream((ZSTD_DCtx_s*)handle, &to, &from);
            (taken, written) = ((int)from.pos, (int)to.pos);
            return Methods.ZSTD_isError(result) ? throw Describe(result) : result == 0;
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Methods.ZSTD_freeDCtx((ZSTD_DCtx_s*)handle);
        return true;
    }

    private static InvalidDataException Describe(nuint error) => Methods.ZSTD_getErrorCode(error) switch
    {
        ZSTD_ErrorCode.ZSTD_error_frameParameter_windowTooLarge => new InvalidDataException(
            "the Zstandard data needs more than 128 MiB of memory to decompress. Decompress it with 'zstd -d --long=31'."),
        ZSTD_ErrorCode.ZSTD_error_dictionary_wrong => new InvalidDataException(
            "the Zstandard data was compressed with a dictionary, which is not in it. Decompress it with 'zstd -d -D'."),
        _ => new InvalidDataException(ZstandardInput.Damaged),
    };
}
