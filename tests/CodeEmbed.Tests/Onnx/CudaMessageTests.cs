using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   The reason that CUDA cannot be used is reported in full. The messages for Linux were recorded from ONNX Runtime 1.31. The
///   messages for Windows are constructed according to its source, because it has not run there.
/// </summary>
public sealed class CudaMessageTests
{
    private const string Place = "[ErrorCode:Fail] /onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:2043 "
        + "onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : ";

    private static readonly CudaModule Installed = new("CodeEmbed.Cuda.Linux", "native", null);
    private static readonly CudaModule NotInstalled = new(
        "CodeEmbed.Cuda.Linux", null, "the module is not installed");

    public static TheoryData<string, string> MissingLibraries { get; } = new()
    {
        {
            Linux("/home/a user/.local/share/powershell/Modules/CodeEmbed.Cuda.Linux/0.1.0/native", "libcublasLt.so.13"),
            "libcublasLt.so.13"
        },
        {
            Linux("/" + string.Join('/', Enumerable.Repeat("a-folder-with-a-long-name", 40)), "libcublas.so.13"),
            "libcublas.so.13"
        },
        { Linux("/opt", "libcudart.so.13"), "libcudart.so.13" },
        { Windows(@"""cublasLt64_13.dll"""), "cublasLt64_13.dll" },
        { Windows(@"""cudnn64_9.dll"""), "cudnn64_9.dll" },
    };

    [Theory]
    [MemberData(nameof(MissingLibraries))]
    public void A_missing_CUDA_library_is_named_with_the_package_to_install(string message, string library)
    {
        string text = CudaMessage.Describe(message, Installed);

        Assert.StartsWith($"the library {library} is not found. ", text, StringComparison.Ordinal);
        Assert.Contains("CUDA 13 (developer.nvidia.com/cuda-downloads)", text, StringComparison.Ordinal);
        Assert.Contains("cuDNN 9 (developer.nvidia.com/cudnn-downloads)", text, StringComparison.Ordinal);
        Assert.EndsWith("'CUDA' in the help topic about_CodeEmbed", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_drivers_library_is_distinguished_from_the_CUDA_libraries()
    {
        Assert.StartsWith(
            "the library libcuda.so.1 is not found. It comes with NVIDIA's driver",
            CudaMessage.Describe(Linux("/opt", "libcuda.so.1"), Installed),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "the library nvcuda.dll is not found. It comes with NVIDIA's driver",
            CudaMessage.Describe(Windows(@"""nvcuda.dll"""), Installed),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("libonnxruntime_providers_cuda.so")]
    [InlineData("libonnxruntime_providers_shared.so")]
    public void A_missing_provider_is_a_missing_module(string library)
    {
        string message = $"{Place}Failed to load library /opt/{library} with error: /opt/{library}: cannot open shared object "
            + "file: No such file or directory\n";

        Assert.Equal("the module is not installed", CudaMessage.Describe(message, NotInstalled));
        Assert.Contains(
            "CodeEmbed.Cuda.Linux is not complete", CudaMessage.Describe(message, Installed), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_provider_on_Windows_is_a_missing_module() => Assert.Equal(
        "the module is not installed", CudaMessage.Describe(
            $@"{Place}Error loading ""C:\a\onnxruntime_providers_cuda.dll"" which is missing. (Error 126: ""The specified "
            + @"module could not be found."")",
            NotInstalled));

    [Theory]
    [InlineData(
        "Failed to load library /opt/libonnxruntime_providers_cuda.so with error: "
        + "/opt/libonnxruntime_providers_cuda.so: file too short",
        "file too short")]
    [InlineData(
        "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1 ; hostname=a ; "
        + "expr=cudaSetDevice(info_.device_id);",
        "CUDA driver version is insufficient")]
    public void Another_failure_is_reported_unchanged_with_the_requirements_of_CUDA(string failure, string expected)
    {
        string text = CudaMessage.Describe(Place + failure, Installed);

        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.Contains("CUDA 13", text, StringComparison.Ordinal);
        Assert.Contains("cuDNN 9", text, StringComparison.Ordinal);
    }

    private static string Linux(string folder, string library) =>
        $"{Place}Failed to load library {folder}/libonnxruntime_providers_cuda.so with error: {library}: cannot open shared "
        + "object file: No such file or directory\n";

    private static string Windows(string library) =>
        $@"{Place}Error loading ""C:\Program "
        + @"Files\PowerShell\Modules\CodeEmbed.Cuda.Windows\0.1.0\native\onnxruntime_providers_cuda.dll"" which depends on "
        + $@"{library} which is missing. (Error 126: ""The specified module could not be found."")";
}
