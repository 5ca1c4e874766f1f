using System.Runtime.InteropServices;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>Tells whether the machine has an NVIDIA GPU, by its driver.</summary>
internal static class NvidiaGpu
{
    /// <summary>Whether a driver for an NVIDIA GPU is loaded.</summary>
    public static bool IsPresent()
    {
        if (!OperatingSystem.IsWindows())
            return File.Exists("/proc/driver/nvidia/version");

        if (!NativeLibrary.TryLoad("nvcuda", out nint driver))
            return false;

        NativeLibrary.Free(driver);
        return true;
    }
}
