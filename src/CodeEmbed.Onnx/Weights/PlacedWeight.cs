using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Weights;

/// <summary>A weight that is used in place.</summary>
/// <param name="name">Its name.</param>
/// <param name="shape">Its shape.</param>
/// <param name="address">Its first element, in a mapped file or in separate memory.</param>
/// <param name="isMapped">Whether it is in a mapped file.</param>
/// <param name="type">The type of its elements.</param>
internal sealed class PlacedWeight(
    string name, long[] shape, nint address, bool isMapped, TensorElementType type = TensorElementType.Float)
    : Weight(name, shape, type)
{
    /// <inheritdoc/>
    public override nint Address => address;

    /// <inheritdoc/>
    public override void ReleasePages()
    {
        if (isMapped)
            MappedPages.Release(Address, Length);
    }

    /// <inheritdoc/>
    public override void Release() => ReleasePages();
}
