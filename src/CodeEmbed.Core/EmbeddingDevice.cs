namespace CodeEmbed;

/// <summary>The device that a model runs on.</summary>
public enum EmbeddingDevice
{
    /// <summary>The first that works of <see cref="Cuda"/>, <see cref="CoreML"/> and <see cref="Cpu"/>.</summary>
    Auto,

    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>
    ///   An NVIDIA GPU; needs CUDA 13 and cuDNN 9, and the module CodeEmbed.Cuda.Linux or CodeEmbed.Cuda.Windows.
    /// </summary>
    Cuda,

    /// <summary>Apple's Core ML; needs macOS.</summary>
    CoreML,
}
