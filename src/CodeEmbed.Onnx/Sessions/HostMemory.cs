using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>
///   The memory for the inputs and outputs of a device's runs: the processor's memory that the device reads and writes directly,
///   if there is such memory, otherwise any. Thread-safe.
/// </summary>
internal sealed class HostMemory : IDisposable
{
    private readonly OrtMemoryInfo? _info;
    private readonly OrtAllocator? _allocator;

    /// <summary>Finds the memory.</summary>
    /// <param name="session">The session.</param>
    /// <param name="provider">The provider that runs it.</param>
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
            // This costs a copy; the numbers are the same.
            _info?.Dispose();
            _info = null;
        }
    }

    /// <summary>The memory's description.</summary>
    public OrtMemoryInfo Info => _info ?? OrtMemoryInfo.DefaultInstance;

    /// <summary>Copies values into it.</summary>
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
