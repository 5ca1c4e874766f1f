using System.Text.RegularExpressions;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>Why CUDA cannot be used, as text for the user.</summary>
internal static partial class CudaMessage
{
    /// <summary>The message for a machine without a loaded driver.</summary>
    public const string NoGpu = "this machine has no NVIDIA GPU, or the driver of its GPU is not loaded";

    /// <summary>Where the user finds more: an installed module has this topic, and the repository has it under docs.</summary>
    public const string See = "see 'CUDA' in the help topic about_CodeEmbed";

    private const string Cuda = "CUDA 13", Cudnn = "cuDNN 9";

    private const string Needs =
        $"ONNX Runtime needs {Cuda} (developer.nvidia.com/cuda-downloads) and {Cudnn} (developer.nvidia.com/cudnn-downloads)";

    /// <summary>What CUDA needs, as a sentence: the package with the libraries, and the versions of CUDA and cuDNN.</summary>
    public static string Remedy =>
        "CUDA needs the libraries in the package Microsoft.ML.OnnxRuntime.Gpu."
        + $"{(OperatingSystem.IsWindows() ? "Windows" : "Linux")} {OrtLibrary.NeededVersion}, which the module for CUDA has "
        + $"in it, with {Cuda} and {Cudnn}.";

    /// <summary>Describes why the provider could not be loaded, as text after a colon.</summary>
    /// <param name="message">The native message.</param>
    /// <param name="module">The module with the provider.</param>
    public static string Describe(string message, CudaModule? module)
    {
        if (MissingLibrary(message) is not { } library)
            return $"{OrtMessage.Describe(message)}. {Needs}, and a driver that is new enough for them; {See}";

        if (library.Contains("onnxruntime_providers", StringComparison.OrdinalIgnoreCase))
        {
            return module?.Problem
                ?? $"the library {library} is missing: the module {module?.Name} is not complete. Install it again";
        }

        bool isOfDriver = library.StartsWith("libcuda.so", StringComparison.Ordinal)
            || library.StartsWith("nvcuda", StringComparison.OrdinalIgnoreCase);
        return isOfDriver
            ? $"the library {library} is not found. It comes with NVIDIA's driver for the GPU: install that; {See}"
            : $"the library {library} is not found. {Needs}: install both where libraries are looked for ({SearchPath}); {See}";
    }

    private static string SearchPath => OperatingSystem.IsWindows() ? "PATH" : "LD_LIBRARY_PATH or ldconfig";

    /// <summary>
    ///   The file name of the missing library that another one depends on, if that is what a message says.
    /// </summary>
    private static string? MissingLibrary(string message)
    {
        Match match = OfLinux().Match(message);
        if (!match.Success)
            match = OfWindows().Match(message);

        // Path.GetFileName supports only this system's separators.
        return match.Success ? match.Groups["path"].Value.Split('/', '\\')[^1] : null;
    }

    /// <summary>The message of the loader on Linux: the file that it could not open follows the one that needs it.</summary>
    [GeneratedRegex(
        @" with error: (?<path>.+?): cannot open shared object file", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex OfLinux();

    /// <summary>
    ///   The message of ONNX Runtime on Windows: <c>Error loading "a.dll" which depends on "b.dll" which is missing.</c>
    /// </summary>
    [GeneratedRegex(@"""(?<path>[^""]+)"" which is missing", RegexOptions.CultureInvariant)]
    private static partial Regex OfWindows();
}
