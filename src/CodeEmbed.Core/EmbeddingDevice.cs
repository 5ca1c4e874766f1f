namespace CodeEmbed;

/// <summary>What a model runs on.</summary>
public enum EmbeddingDevice
{
    /// <summary>The first that works of <see cref="Cuda"/>, <see cref="CoreML"/> and <see cref="Cpu"/>.</summary>
    Auto,

    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU; needs a build with the package Microsoft.ML.OnnxRuntime.Gpu.</summary>
    Cuda,

    /// <summary>Apple's Core ML; needs macOS.</summary>
    CoreML,
}
