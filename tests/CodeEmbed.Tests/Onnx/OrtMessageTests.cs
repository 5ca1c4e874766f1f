using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Original messages from ONNX Runtime, and the messages that a user sees instead.</summary>
public sealed class OrtMessageTests
{
    [Theory]
    [InlineData("[ErrorCode:RuntimeException] Exception during initialization: std::bad_alloc")]
    [InlineData(
        "[ErrorCode:RuntimeException] Non-zero status code returned while running Gemm node. Name:'' Status Message: "
        + "/onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:376 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, "
        + "bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 4294967296")]
    public void Lack_of_memory_is_reported_as_such(string message) =>
        Assert.Equal("there is not enough memory", OrtMessage.Describe(message));

    [Theory]
    [InlineData(
        "[ErrorCode:InvalidArgument] Non-zero status code returned while running Gather node. Name:'words' Status Message: "
        + "indices element out of data bounds, idx=9 must be within the inclusive range [-8,7]",
        "ONNX Runtime says 'indices element out of data bounds, idx=9 must be within the inclusive range [-8,7]'")]
    [InlineData(
        "[ErrorCode:Fail] /onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:2195 onnxruntime::Provider& "
        + "onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library "
        + "libonnxruntime_providers_cuda.so",
        "ONNX Runtime says '[ONNXRuntimeError] : 1 : FAIL : Failed to load library libonnxruntime_providers_cuda.so'")]
    [InlineData("[ErrorCode:Fail] first line\nsecond line.", "ONNX Runtime says 'first line second line'")]
    public void Source_files_and_signatures_are_omitted(string message, string expected) =>
        Assert.Equal(expected, OrtMessage.Describe(message));

    [Fact]
    public void A_long_message_is_truncated_in_the_middle()
    {
        string text = OrtMessage.Describe(
            $"Load model from /{new string('x', 5000)}/model.onnx failed: Protobuf parsing failed.");

        Assert.InRange(text.Length, 1000, 1030);
        Assert.StartsWith("ONNX Runtime says 'Load model from /xxx", text, StringComparison.Ordinal);
        Assert.EndsWith("xxx/model.onnx failed: Protobuf parsing failed'", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_file_path_leaves_room_for_the_reason()
    {
        string message =
            $"Load model from /{string.Join('/', Enumerable.Repeat("a-folder", 60))}/model.onnx failed: Protobuf parsing failed";

        Assert.Equal($"ONNX Runtime says '{message}'", OrtMessage.Describe($"[ErrorCode:InvalidProtobuf] {message}."));
    }
}
