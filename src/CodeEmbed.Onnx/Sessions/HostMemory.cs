using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>
///   Where the inputs and outputs of a device's runs are: memory of the processor that the device reads and writes by itself,
///   where it has such, else any. For several threads at once.
/// </summary>
internal sealed class HostMemory : IDisposable
{
    private readonly OrtMemoryInfo? _info;
    private readonly OrtAllocator? _allocator;

    /// <summary>Finds it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="provider">What runs it.</param>
    public HostMemory(InferenceSession session, ExecutionProvider provider)
    {
        if (provider.HostMemory is not { } name)
            return;

        try
        {
            _info = new OrtMemoryInfo(name, OrtAllocatorType.DeviceAllocator, 0, OrtMemType.CpuOutput);
            _allocator = new OrtAllocator(session, _info);
        }
        catch (OnnxRuntimeException)
        {
            // A copy more, and the same numbers.
            _info?.Dispose();
            _info = null;
        }
    }

    /// <summary>What describes it.</summary>
    public OrtMemoryInfo Info => _info ?? OrtMemoryInfo.DefaultInstance;

    /// <summary>Puts values into it.</summary>
    /// <typeparam name="T">Their type.</typeparam>
    /// <param name="values">The values.</param>
    public OrtValue Put<T>(T[] values)
        where T : unmanaged
    {
        var value = OrtValue.CreateAllocatedTensorValue(
            _allocator ?? OrtAllocator.DefaultInstance,
            Microsoft.ML.OnnxRuntime.Tensors.TensorBase.GetTypeInfo(typeof(T)).ElementType,
            [values.LongLength]);
        values.CopyTo(value.GetTensorMutableDataAsSpan<T>());
        return value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _allocator?.Dispose();
        _info?.Dispose();
    }
}
