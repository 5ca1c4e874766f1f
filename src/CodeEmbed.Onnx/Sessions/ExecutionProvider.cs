using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>An ONNX Runtime execution provider, which runs graphs on a device.</summary>
/// <param name="Device">The device.</param>
/// <param name="Name">The provider's name in ONNX Runtime.</param>
/// <param name="UsesProcessorMemory">Whether weights in the processor's memory are used without a copy.</param>
/// <param name="Append">Makes a session use the provider.</param>
internal sealed record ExecutionProvider(
    EmbeddingDevice Device, string Name, bool UsesProcessorMemory, Action<SessionOptions> Append)
{
    /// <summary>The setting that makes it an error if a device leaves a part of a graph to the processor.</summary>
    public const string DisableFallback = "session.disable_cpu_ep_fallback";

    public static readonly ExecutionProvider Cpu =
        new(EmbeddingDevice.Cpu, "CPUExecutionProvider", UsesProcessorMemory: true, _ => { });

    /// <summary>
    ///   CUDA in float32: by default it would multiply in TF32, which has 10 bits of mantissa. A part of the graph that it
    ///   leaves to the processor is an error, not a silent change of device.
    /// </summary>
    public static readonly ExecutionProvider Cuda =
        new(EmbeddingDevice.Cuda, "CUDAExecutionProvider", UsesProcessorMemory: false, AppendCuda)
        {
            RunsPaddedBatches = true,
            HostMemory = "CudaPinned",
        };

    /// <summary>
    ///   The processor, run like a device with its own memory, for tests and experiments. It is not available to users.
    /// </summary>
    public static readonly ExecutionProvider ProcessorAsDevice =
        new(EmbeddingDevice.Cpu, "CPUExecutionProvider", UsesProcessorMemory: false, _ => { }) { RunsPaddedBatches = true };

    /// <summary>Core ML in float32: its Neural Engine computes in float16, so it is not used.</summary>
    public static readonly ExecutionProvider CoreML =
        new(EmbeddingDevice.CoreML, "CoreMLExecutionProvider", UsesProcessorMemory: false, AppendCoreML);

    /// <summary>The providers in the order in which <see cref="EmbeddingDevice.Auto"/> tries them.</summary>
    public static readonly ExecutionProvider[] InOrder = [Cuda, CoreML, Cpu];

    /// <summary>Whether a run takes a padded batch.</summary>
    public bool RunsPaddedBatches { get; init; }

    /// <summary>
    ///   The name of the processor memory that the device reads and writes directly; <see langword="null"/> if the provider
    ///   has no such memory.
    /// </summary>
    public string? HostMemory { get; init; }

    /// <summary>Whether this build of ONNX Runtime has the provider.</summary>
    public bool IsInThisBuild => OrtRuntime.Environment.GetAvailableProviders().Contains(Name);

    /// <summary>
    ///   Describes, as text after a colon, why the provider cannot be used, before a model is prepared for it;
    ///   <see langword="null"/> if no reason is known.
    /// </summary>
    public string? FindProblem()
    {
        CudaModule? module = Device == EmbeddingDevice.Cuda ? CudaModule.OfThisMachine : null;
        if (!IsInThisBuild)
            return module?.Problem ?? "this build of ONNX Runtime does not have it";

        if (Device != EmbeddingDevice.Cuda)
            return null;

        try
        {
            // Loads the library of the provider, and those that it needs.
            using var options = new SessionOptions();
            Append(options);
            return null;
        }
        catch (OnnxRuntimeException e)
        {
            return CudaMessage.Describe(e.Message, module);
        }
    }

    private static void AppendCuda(SessionOptions options)
    {
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(new Dictionary<string, string> { ["use_tf32"] = "0" });
        options.AppendExecutionProvider_CUDA(cuda);
        options.AddSessionConfigEntry(DisableFallback, "1");
    }

    private static void AppendCoreML(SessionOptions options) => options.AppendExecutionProvider(
        "CoreML",
        new Dictionary<string, string>
        {
            ["ModelFormat"] = "MLProgram",
            ["MLComputeUnits"] = "CPUAndGPU",
            ["AllowLowPrecisionAccumulationOnGPU"] = "0",
        });
}
