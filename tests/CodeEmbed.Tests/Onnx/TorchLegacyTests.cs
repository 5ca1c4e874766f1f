using System.Runtime.InteropServices;
using CodeEmbed.ModelFiles;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Reading the format that torch.save wrote before torch 1.6: <c>_legacy_save</c> in torch/serialization.py.</summary>
public sealed class TorchLegacyTests
{
    private const string FileName = "pytorch_model.bin";
    private const long Version = 1001;

    private static readonly TorchView Matrix = new("w", 12, [3, 4], [4, 1]) { IsLegacy = true };

    [Fact]
    public void A_tensor_is_read_with_its_offset_and_strides()
    {
        TorchView view = Matrix with { Shape = [2, 3], Strides = [1, 4], Offset = 1 };
        using var file = new CheckpointFile(FileName, Build(view));

        Assert.Equal([1, 5, 9, 2, 6, 10], file.Values("w"));
    }

    [Fact]
    public void Storages_are_found_by_the_order_of_their_keys()
    {
        TorchView first = Matrix with { Name = "first", Key = "7", StorageCount = 2, Shape = [2], Strides = [1] };
        TorchView second = Matrix with { Name = "second", Key = "5", StorageCount = 3, Shape = [3], Strides = [1] };
        byte[] storages =
            [.. Count(3), .. MemoryMarshal.AsBytes<float>([5, 6, 7]), .. Count(2), .. MemoryMarshal.AsBytes<float>([8, 9])];
        using var file = new CheckpointFile(
            FileName, [.. Head(), .. PickleBuilder.StateDict(first, second), .. Keys("5", "7"), .. storages]);

        Assert.Equal([8, 9], file.Values("first"));
        Assert.Equal([5, 6, 7], file.Values("second"));
    }

    [Fact]
    public void A_global_that_no_state_dict_needs_is_refused() =>
        AssertRefused("'posix.system'", [.. Head(), .. new PickleBuilder().Global("posix", "system").Build()]);

    [Fact]
    public void A_file_of_a_big_endian_machine_is_refused() => AssertRefused(
        "big-endian",
        [
            .. Head(littleEndian: 0x89), .. PickleBuilder.StateDict(Matrix), .. Keys("0"), .. Count(12),
            .. TorchArchive.Numbers(12),
        ]);

    [Fact]
    public void Another_version_of_the_format_is_refused() => AssertRefused(
        "version",
        [.. Head(version: 1002), .. PickleBuilder.StateDict(Matrix), .. Keys("0"), .. Count(12), .. TorchArchive.Numbers(12)]);

    [Fact]
    public void A_file_that_starts_with_another_magic_number_is_refused()
    {
        byte[] bytes = Build(Matrix);
        bytes[4] ^= 1;

        AssertRefused("torch.save", bytes);
    }

    [Fact]
    public void A_file_that_is_something_else_is_refused() => AssertRefused("torch.save", "GGUF and so on"u8.ToArray());

    [Theory]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void A_storage_whose_number_of_elements_contradicts_its_tensors_is_refused(long count) =>
        AssertRefused(
            FileName,
            [.. Head(), .. PickleBuilder.StateDict(Matrix), .. Keys("0"), .. Count(count), .. TorchArchive.Numbers(12)]);

    [Fact]
    public void A_missing_storage_is_reported_with_its_tensor() =>
        AssertRefused("'w'", [.. Head(), .. PickleBuilder.StateDict(Matrix), .. Keys()]);

    [Fact]
    public void A_storage_that_belongs_to_no_tensor_is_refused() => AssertRefused(
        FileName, [.. Head(), .. PickleBuilder.StateDict(Matrix), .. Keys("9", "0"), .. Count(12), .. TorchArchive.Numbers(12)]);

    [Fact]
    public void A_file_truncated_at_any_position_is_refused()
    {
        byte[] whole = Build(Matrix);

        Assert.All(Enumerable.Range(1, whole.Length - 1), length => AssertRefused(FileName, whole[..length]));
    }

    [Fact]
    public void A_file_with_any_byte_damaged_is_read_or_refused() => Damage.EveryByte(FileName, Build(Matrix));

    private static byte[] Build(TorchView view) =>
        [.. Head(), .. PickleBuilder.StateDict(view), .. Keys("0"), .. Count(12), .. TorchArchive.Numbers(12)];

    /// <summary>
    ///   The magic number 0x1950a86a20f9469cfc6c, the version, and the machine's sizes (0x88 is True, 0x89 False).
    /// </summary>
    private static byte[] Head(long version = Version, byte littleEndian = 0x88) =>
    [
        .. new PickleBuilder().Opcode(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19).Build(),
        .. new PickleBuilder().Integer(version).Build(),
        .. new PickleBuilder().Opcode((byte)'}').Text("little_endian").Opcode(littleEndian, (byte)'s').Build(),
    ];

    private static byte[] Keys(params string[] keys)
    {
        PickleBuilder pickle = new PickleBuilder().Opcode((byte)']');
        foreach (string key in keys)
            pickle.Text(key).Opcode((byte)'a');

        return pickle.Build();
    }

    private static byte[] Count(long count) => BitConverter.GetBytes(count);

    private static void AssertRefused(string named, byte[] bytes)
    {
        using var file = new CheckpointFile(FileName, bytes);

        Assert.Contains(named, Assert.Throws<ModelFormatException>(file.Open).Message, StringComparison.Ordinal);
    }
}
