using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Weights;

/// <summary>A weight in float32 that is stored in another form in its file. It takes memory from its first use.</summary>
/// <param name="name">Its name.</param>
/// <param name="tensor">The tensor in the file.</param>
internal sealed unsafe class ConvertedWeight(string name, CheckpointTensor tensor)
    : Weight(name, tensor.Shape, TensorElementType.Float), IDisposable
{
    private NativeBuffer? _values;

    /// <inheritdoc/>
    public override nint Address => (_values ??= Convert()).Address;

    /// <inheritdoc/>
    public override void ReleasePages()
    {
        // They were released when it was converted.
    }

    /// <inheritdoc/>
    public override void Release()
    {
        _values?.Dispose();
        _values = null;
    }

    /// <summary>Frees its memory.</summary>
    public void Dispose() => Release();

    private NativeBuffer Convert()
    {
        var values = new NativeBuffer(Length);
        TensorConverter.Copy(tensor, (float*)values.Address);
        tensor.ReleasePages();
        return values;
    }
}
