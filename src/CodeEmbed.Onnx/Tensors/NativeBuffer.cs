using System.Runtime.InteropServices;

namespace CodeEmbed.Onnx.Tensors;

/// <summary>Memory outside of the managed heap.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    /// <summary>What vector instructions like best.</summary>
    private const nuint Alignment = 64;

    /// <summary>Takes memory; what is in it is not defined.</summary>
    /// <param name="length">How much, in bytes.</param>
    /// <exception cref="OutOfMemoryException">There is not that much.</exception>
    public NativeBuffer(long length)
        : base(0, ownsHandle: true) => SetHandle((nint)NativeMemory.AlignedAlloc((nuint)length, Alignment));

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The first byte.</summary>
    public nint Address => handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
