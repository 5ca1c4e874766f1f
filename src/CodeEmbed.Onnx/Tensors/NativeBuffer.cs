using System.Runtime.InteropServices;

namespace CodeEmbed.Onnx.Tensors;

/// <summary>Memory outside the managed heap.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    /// <summary>The best alignment for vector instructions.</summary>
    private const nuint Alignment = 64;

    /// <summary>Allocates memory; its content is undefined.</summary>
    /// <param name="length">The size in bytes.</param>
    /// <exception cref="OutOfMemoryException">There is not enough memory.</exception>
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
