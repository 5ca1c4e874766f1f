using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>An NVIDIA GPU is detected by the traces of its driver.</summary>
public sealed class NvidiaGpuTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("proc/driver/nvidia/version")]
    [InlineData("dev/nvidiactl")]
    [InlineData("usr/lib/wsl/lib/libcuda.so.1")]
    public void A_loaded_driver_is_detected(string trace)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows is queried for the driver's library.");
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(trace))!);
        _folder.WriteLines(trace, "NVRM version");

        Assert.True(new NvidiaGpu(_folder.Path).IsPresent());
    }

    [Fact]
    public void A_machine_without_a_driver_has_no_GPU()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows is queried for the driver's library.");

        Assert.False(new NvidiaGpu(_folder.Path).IsPresent());
    }
}
