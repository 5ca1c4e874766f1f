namespace CodeEmbed.Packaging;

/// <summary>The natives of ONNX Runtime in a module.</summary>
/// <param name="Platforms">The platforms for which it has them.</param>
/// <param name="HaveCuda">Whether they are those for CUDA, with the provider.</param>
internal sealed record ModuleNatives(IReadOnlyList<string> Platforms, bool HaveCuda)
{
    /// <summary>The platforms that CodeEmbed runs on, each with the file name of ONNX Runtime there.</summary>
    private static readonly (string Platform, string Library)[] Supported =
    [
        ("linux-arm64", "libonnxruntime.so"), ("linux-x64", "libonnxruntime.so"), ("osx-arm64", "libonnxruntime.dylib"),
        ("win-arm64", "onnxruntime.dll"), ("win-x64", "onnxruntime.dll"),
    ];

    /// <summary>The files of a module for CUDA, by platform.</summary>
    private static readonly (string Platform, string[] Libraries)[] Cuda =
    [
        ("linux-x64", ["libonnxruntime.so", "libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"]),
        ("win-x64", ["onnxruntime.dll", "onnxruntime_providers_shared.dll", "onnxruntime_providers_cuda.dll"]),
    ];

    /// <summary>Finds the natives of a module: those for every platform, or those for CUDA on one system.</summary>
    /// <exception cref="InvalidDataException">One is missing.</exception>
    public static ModuleNatives Find(string module)
    {
        string native = Path.Combine(module, "native");
        if (Directory.Exists(native))
        {
            // A module for CUDA has the natives of one platform.
            (string platform, string[] libraries) =
                Cuda.FirstOrDefault(cuda => File.Exists(Path.Combine(native, cuda.Libraries[^1])));
            if (platform is null)
                throw new InvalidDataException($"The module in '{module}' has no provider for CUDA.");

            CheckAll(libraries.Select(library => Path.Combine(native, library)));
            return new ModuleNatives([platform], HaveCuda: true);
        }

        string runtimes = Path.Combine(module, "engine", "runtimes");
        CheckAll(Supported.Select(supported => Path.Combine(runtimes, supported.Platform, "native", supported.Library)));
        return new ModuleNatives([.. Supported.Select(supported => supported.Platform)], HaveCuda: false);
    }

    private static void CheckAll(IEnumerable<string> paths)
    {
        string[] missing = [.. paths.Where(path => !File.Exists(path))];
        if (missing.Length > 0)
        {
            throw new InvalidDataException(
                $"The package would have no ONNX Runtime for some platform. Missing: {string.Join(", ", missing)}.");
        }
    }
}
