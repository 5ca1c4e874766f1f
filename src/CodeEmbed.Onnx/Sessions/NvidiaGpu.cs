using System.Runtime.InteropServices;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>Determines whether the machine has an NVIDIA GPU, from its driver.</summary>
/// <param name="root">The folder in which Linux shows the driver: the root of the file system, except in a test.</param>
internal sealed class NvidiaGpu(string root)
{
    // The driver's own files; in a container only its devices may exist; under WSL it is the driver for Windows.
    private static readonly string[] Traces =
        ["proc/driver/nvidia/version", "dev/nvidiactl", "usr/lib/wsl/lib/libcuda.so.1"];

    /// <summary>Creates an instance for this machine.</summary>
    public static NvidiaGpu OfThisMachine { get; } = new("/");

    /// <summary>Whether a driver for an NVIDIA GPU is loaded.</summary>
    public bool IsPresent()
    {
        if (!OperatingSystem.IsWindows())
            return Traces.Any(trace => File.Exists(Path.Combine(root, trace)));

        if (!NativeLibrary.TryLoad("nvcuda", out nint driver))
            return false;

        NativeLibrary.Free(driver);
        return true;
    }
}
