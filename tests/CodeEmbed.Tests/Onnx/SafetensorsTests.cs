using CodeEmbed.ModelFiles;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Reading safetensors, according to https://huggingface.co/docs/safetensors, "Format".</summary>
public sealed class SafetensorsTests
{
    private const string FileName = "model.safetensors";

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,9223372036854775807]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[100,100]}}""")]
    public void Offsets_outside_the_data_are_refused(string header) => AssertRefused(header);

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,3],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}""")]
    public void A_shape_that_needs_more_than_its_data_is_refused(string header) => AssertRefused(header);

    // "The byte buffer needs to be entirely indexed": the Python library calls this an invalid tensor.
    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,8]}}""")]
    public void A_shape_that_needs_less_than_its_data_is_refused(string header) => AssertRefused(header);

    [Theory]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData(
        """{"a":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"b":{"dtype":"F16","shape":[2],"data_offsets":[4,8]}}""")]
    public void Overlapping_tensors_are_refused(string header) => AssertRefused(header);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("""{"a":3}""")]
    [InlineData("""{"a":null}""")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":3,"shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":{}}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":["0","8"]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,1e30]}}""")]
    public void A_damaged_header_is_refused(string header) => AssertRefused(header);

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""")]
    public void Offsets_that_are_not_a_pair_are_refused(string header) => AssertRefused(header);

    [Theory]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"\ud800","shape":[2],"data_offsets":[0,8]}}""")]
    public void A_header_with_a_lone_surrogate_is_refused(string header) => AssertRefused(header);

    [Fact]
    public void A_duplicate_tensor_is_refused() =>
        AssertRefused(
            """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""");

    [Fact]
    public void An_excessively_nested_header_is_refused() => AssertRefused(new string('[', 100_000));

    [Fact]
    public void A_header_that_is_not_valid_UTF8_is_refused()
    {
        byte[] bytes = SafetensorsBuilder.Raw("""{"é":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8);
        bytes[Array.IndexOf(bytes, (byte)0xC3)] = (byte)'x';

        AssertRefused(bytes);
    }

    [Fact]
    public void Metadata_may_hold_anything()
    {
        byte[] bytes = SafetensorsBuilder.Raw(
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8);

        using var file = new CheckpointFile(FileName, bytes);

        Assert.Equal([0, 0], file.Values("a"));
    }

    [Fact]
    public void A_tensor_with_an_unknown_type_is_harmless_if_it_is_not_used()
    {
        byte[] bytes = SafetensorsBuilder.Raw(
            """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[4,8]}}""",
            8);

        using var file = new CheckpointFile(FileName, bytes);

        Assert.Equal([0], file.Values("a"));
    }

    // By IEEE 754: 1, -2, the smallest and the largest finite, -0, and numbers in between.
    [Fact]
    public void Float16_is_read_as_what_it_stands_for()
    {
        byte[] bits = [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00, 0xFF, 0x7B, 0x00, 0x80, 0x55, 0x35, 0x00, 0x7C];
        using var file = new CheckpointFile(FileName, new SafetensorsBuilder().Set("a", "F16", [7], bits).Build());

        Assert.Equal([1, -2, 1f / (1 << 24), 65504, -0f, 1365f / 4096, float.PositiveInfinity], file.Values("a"));
    }

    // A bfloat16 is a float32 without its lower 16 bits.
    [Fact]
    public void Bfloat16_is_read_as_what_it_stands_for()
    {
        byte[] bits = [0x80, 0x3F, 0x00, 0xC0, 0x01, 0x00, 0x7F, 0x7F, 0x00, 0x80, 0x49, 0x40];
        using var file = new CheckpointFile(FileName, new SafetensorsBuilder().Set("a", "BF16", [6], bits).Build());

        Assert.Equal([1, -2, MathF.ScaleB(1, -133), MathF.ScaleB(255f / 128, 127), -0f, 3.140625f], file.Values("a"));
    }

    [Fact]
    public void A_tensor_at_an_odd_position_in_the_file_is_read()
    {
        byte[] header = SafetensorsBuilder.Raw(
            """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}""", 0);

        using var file = new CheckpointFile(FileName, [.. header, 0, .. TorchArchive.Numbers(2)]);

        Assert.Equal([0, 1], file.Values("b"));
    }

    [Fact]
    public void A_file_truncated_at_any_position_is_refused()
    {
        byte[] whole = Sample();

        Assert.All(Enumerable.Range(1, whole.Length - 1), length => AssertRefused(whole[..length]));
    }

    [Fact]
    public void A_file_with_any_byte_damaged_is_read_or_refused() => Damage.EveryByte(FileName, Sample());

    private static byte[] Sample() =>
        new SafetensorsBuilder().Set("a", "F32", [2, 3], TorchArchive.Numbers(6)).Set("b", "F16", [2], [0, 0, 0, 0]).Build();

    private static void AssertRefused(string header) => AssertRefused(SafetensorsBuilder.Raw(header, 8));

    private static void AssertRefused(byte[] bytes)
    {
        using var file = new CheckpointFile(FileName, bytes);

        Assert.Contains(FileName, Assert.Throws<ModelFormatException>(file.Open).Message, StringComparison.Ordinal);
    }
}
