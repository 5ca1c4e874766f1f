using System.IO.Compression;
using System.Text;
using CodeEmbed.ModelFiles;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Reading the format that torch.save has written since torch 1.6: <c>_save</c> in torch/serialization.py.</summary>
public sealed class TorchZipTests
{
    private const string FileName = "pytorch_model.bin";

    private static readonly TorchView Matrix = new("w", 12, [3, 4], [4, 1]);

    [Fact]
    public void A_contiguous_tensor_is_read_sequentially() =>
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], Read(Matrix));

    [Fact]
    public void A_view_of_part_of_the_storage_starts_at_its_offset() =>
        Assert.Equal([5, 6, 7, 9, 10, 11], Read(Matrix with { Shape = [2, 3], Offset = 5 }));

    // numpy.arange(12).reshape(3, 4).T
    [Fact]
    public void A_transposed_view_is_read_with_its_strides() =>
        Assert.Equal([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11], Read(Matrix with { Shape = [4, 3], Strides = [1, 4] }));

    // numpy.arange(12).reshape(3, 4)[:, 1::2] and numpy.arange(12)[2::3]
    [Theory]
    [InlineData(new long[] { 3, 2 }, new long[] { 4, 2 }, 1, new float[] { 1, 3, 5, 7, 9, 11 })]
    [InlineData(new long[] { 4 }, new long[] { 3 }, 2, new float[] { 2, 5, 8, 11 })]
    public void A_view_with_gaps_is_read_with_its_strides(long[] shape, long[] strides, long offset, float[] expected) =>
        Assert.Equal(expected, Read(Matrix with { Shape = shape, Strides = strides, Offset = offset }));

    [Theory]
    [InlineData(new long[] { 3 }, new long[] { 0 }, 5, new float[] { 5, 5, 5 })] // x[5:6].expand(3)
    [InlineData(new long[] { 2, 3 }, new long[] { 0, 1 }, 4, new float[] { 4, 5, 6, 4, 5, 6 })] // x[4:7].expand(2, 3)
    // x[4:6].unsqueeze(1).expand(2, 3)
    [InlineData(new long[] { 2, 3 }, new long[] { 1, 0 }, 4, new float[] { 4, 4, 4, 5, 5, 5 })]
    [InlineData(new long[] { 3, 2 }, new long[] { 0, 0 }, 7, new float[] { 7, 7, 7, 7, 7, 7 })]
    [InlineData(new long[] { 3, 3 }, new long[] { 1, 1 }, 0, new float[] { 0, 1, 2, 1, 2, 3, 2, 3, 4 })] // x.unfold(0, 3, 1)[:3]
    public void A_view_that_repeats_elements_is_read(long[] shape, long[] strides, long offset, float[] expected) =>
        Assert.Equal(expected, Read(Matrix with { Shape = shape, Strides = strides, Offset = offset }));

    // The stride of a dimension of size 1 has no meaning; torch may write any number there.
    [Fact]
    public void The_stride_of_a_dimension_of_size_1_does_not_count() =>
        Assert.Equal([4, 5, 6, 7], Read(Matrix with { Shape = [1, 4], Strides = [999, 1], Offset = 4 }));

    [Theory]
    [InlineData("HalfStorage", new byte[] { 0x00, 0x3C, 0x00, 0x40, 0x00, 0x42, 0x00, 0x44 })]
    [InlineData("BFloat16Storage", new byte[] { 0x80, 0x3F, 0x00, 0x40, 0x40, 0x40, 0x80, 0x40 })]
    public void A_transposed_16_bit_view_is_read_with_its_strides(string storageClass, byte[] storage)
    {
        // Both storages hold 1, 2, 3, 4.
        var view = new TorchView("w", 4, [2, 2], [1, 2]) { StorageClass = storageClass };
        using CheckpointFile file = Archive([view], storage);

        Assert.Equal([1, 3, 2, 4], file.Values("w"));
    }

    [Fact]
    public void Two_tensors_may_share_a_storage()
    {
        using CheckpointFile file = Archive(
            [Matrix, Matrix with { Name = "tied", Shape = [4, 3], Strides = [3, 1] }], TorchArchive.Numbers(12));

        Assert.Equal([4, 3], file.Shape("tied"));
    }

    [Theory]
    [InlineData(new long[] { 1L << 40 }, new long[] { 0 }, 12, 0)]
    [InlineData(new long[] { 3, 4 }, new long[] { -4, 1 }, 12, 8)]
    [InlineData(new long[] { 2 }, new long[] { -1 }, 12, 1)]
    [InlineData(new long[] { 3, 4 }, new long[] { 4, 1 }, 12, 1)]
    [InlineData(new long[] { 3, 4 }, new long[] { 4, 1 }, 12, -1)]
    [InlineData(new long[] { 3, 4 }, new long[] { 4, 1 }, 12, 1L << 62)]
    [InlineData(new long[] { 3, 4 }, new long[] { 5, 1 }, 12, 0)]
    [InlineData(new long[] { 3, 4 }, new long[] { 1L << 62, 1 }, 12, 0)]
    [InlineData(new long[] { 1L << 62, 4 }, new long[] { 4, 1 }, 12, 0)]
    [InlineData(new long[] { 1L << 62, 1L << 62 }, new long[] { 1, 1 }, 12, 0)]
    [InlineData(new long[] { -3, -4 }, new long[] { 4, 1 }, 12, 0)]
    [InlineData(new long[] { 3, 4 }, new long[] { 1 }, 12, 0)]
    [InlineData(new long[] { 12 }, new long[] { 4, 1 }, 12, 0)]
    public void A_view_that_does_not_fit_its_storage_is_refused(long[] shape, long[] strides, int count, long offset)
    {
        var view = new TorchView("w", count, shape, strides) { Offset = offset };

        AssertRefused("'w'", TorchArchive.Build(PickleBuilder.StateDict(view), TorchArchive.Numbers(count)));
    }

    [Fact]
    public void A_storage_that_is_shorter_than_it_claims_is_refused() =>
        AssertRefused("'w'", TorchArchive.Build(PickleBuilder.StateDict(Matrix), TorchArchive.Numbers(11)));

    [Fact]
    public void A_missing_storage_is_reported_with_its_tensor() =>
        AssertRefused("'w'", TorchArchive.Build(PickleBuilder.StateDict(Matrix with { Key = "7" }), TorchArchive.Numbers(12)));

    [Fact]
    public void A_parameter_is_read_as_its_tensor()
    {
        byte[] pickle = new PickleBuilder()
            .Opcode((byte)'}')
            .Text("w")
            .Global("torch._utils", "_rebuild_parameter")
            .Opcode((byte)'(')
            .Tensor(Matrix)
            .Opcode(0x88)
            .Global("collections", "OrderedDict")
            .Opcode((byte)')', (byte)'R', (byte)'t', (byte)'R', (byte)'s')
            .Build();
        using var file = new CheckpointFile(FileName, TorchArchive.Build(pickle, TorchArchive.Numbers(12)));

        Assert.Equal([3, 4], file.Shape("w"));
    }

    [Fact]
    public void An_ordered_dictionary_with_metadata_is_read_without_it()
    {
        // BUILD ('b') sets the attributes of the preceding object: here, the _metadata of a module's state dict.
        byte[] pickle = new PickleBuilder()
            .Global("collections", "OrderedDict")
            .Opcode((byte)')', (byte)'R', (byte)'(')
            .Text("w")
            .Tensor(Matrix)
            .Opcode((byte)'u', (byte)'}')
            .Text("_metadata")
            .Opcode((byte)'}', (byte)'s', (byte)'b')
            .Build();
        using var file = new CheckpointFile(FileName, TorchArchive.Build(pickle, TorchArchive.Numbers(12)));

        Assert.Equal([3, 4], file.Shape("w"));
    }

    [Theory]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("torch", "load")]
    [InlineData("torch.nn.modules.linear", "Linear")]
    [InlineData("collections", "Counter")]
    [InlineData("torch._utils", "_rebuild_tensor_v2.__globals__")]
    [InlineData("torch.storage", "FloatStorage")]
    public void A_global_that_no_state_dict_needs_is_refused(string module, string name) =>
        AssertRefused($"'{module}.{name}'", Pickle(new PickleBuilder().Global(module, name)));

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(0)]
    public void Another_pickle_protocol_is_refused(byte protocol) =>
        AssertRefused($"protocol {protocol}", Pickle(new PickleBuilder().Opcode(0x80, protocol)));

    // By the letters of pickletools: i (INST), o (OBJ), 0x81 (NEWOBJ), 0x82 (EXT1), P (PERSID), 0x93 (STACK_GLOBAL), B (BINBYTES)
    [Theory]
    [InlineData((byte)'i')]
    [InlineData((byte)'o')]
    [InlineData((byte)0x81)]
    [InlineData((byte)0x82)]
    [InlineData((byte)'P')]
    [InlineData((byte)0x93)]
    [InlineData((byte)'B')]
    public void An_opcode_that_no_state_dict_needs_is_refused(byte opcode) =>
        AssertRefused($"opcode 0x{opcode:x2}", Pickle(new PickleBuilder().Opcode(opcode)));

    [Theory]
    [InlineData(new byte[] { })] // nothing on the stack
    [InlineData(new[] { (byte)'N' })] // None is not a state dict
    [InlineData(new[] { (byte)']' })] // nor is a list
    [InlineData(new[] { (byte)'R' })] // REDUCE without a function
    [InlineData(new[] { (byte)'}', (byte)')', (byte)'R' })] // a dictionary is called
    [InlineData(new[] { (byte)'}', (byte)'N', (byte)'R' })] // arguments that are not a tuple
    [InlineData(new[] { (byte)'}', (byte)'s' })] // SETITEM without an item
    [InlineData(new[] { (byte)'}', (byte)'(', (byte)'N', (byte)'u' })] // a key without a value
    [InlineData(new[] { (byte)'}', (byte)'(', (byte)'N', (byte)'N', (byte)'u' })] // a key that is None
    [InlineData(new[] { (byte)'}', (byte)'u' })] // SETITEMS without a mark
    [InlineData(new[] { (byte)'}', (byte)'N', (byte)'a' })] // APPEND to a dictionary
    [InlineData(new[] { (byte)'h', (byte)0 })] // GET without a PUT
    [InlineData(new[] { (byte)'X', (byte)0xFF, (byte)0xFF, (byte)0xFF, (byte)0x7F })] // a string of 2 GiB
    [InlineData(new[] { (byte)'X', (byte)0xFF, (byte)0xFF, (byte)0xFF, (byte)0xFF })] // a string of -1
    [InlineData(new[] { (byte)'c', (byte)'a' })] // a name without its end
    [InlineData(new[] { (byte)'N', (byte)'Q' })] // a persistent id that is None
    [InlineData(new[] { (byte)'N', (byte)'N', (byte)'b' })] // BUILD of None
    public void An_invalid_pickle_is_refused(byte[] opcodes) =>
        AssertRefused(FileName, Pickle(new PickleBuilder().Opcode(opcodes)));

    [Fact]
    public void A_pickle_without_an_end_is_refused() => AssertRefused(FileName, TorchArchive.Build([0x80, 2, (byte)'}'], []));

    [Fact]
    public void Creating_a_dictionary_repeatedly_from_the_same_pairs_costs_no_memory()
    {
        // [('0', None), ('1', None), …] is kept in the memo and repeatedly converted to a dictionary.
        PickleBuilder pickle = new PickleBuilder().Opcode((byte)']', (byte)'q', 0, (byte)'(');
        for (int i = 0; i < 2_000; i++)
            pickle.Text($"{i}").Opcode((byte)'N', 0x86);

        pickle.Opcode((byte)'e').Global("collections", "OrderedDict").Opcode((byte)'q', 1);
        for (int i = 0; i < 500; i++)
            pickle.Opcode((byte)'h', 1, (byte)'h', 0, 0x85, (byte)'R');

        AssertTakesLittleMemory(TorchArchive.Build(pickle.Build(), []));
    }

    [Fact]
    public void Using_a_shape_repeatedly_costs_no_memory()
    {
        // A tuple of many ones is kept in the memo and used as the shape and the strides of one tensor after the other.
        PickleBuilder pickle = new PickleBuilder().Opcode((byte)'(');
        for (int i = 0; i < 10_000; i++)
            pickle.Opcode((byte)'K', 1);

        pickle.Opcode((byte)'t', (byte)'q', 0).Global("torch._utils", "_rebuild_tensor_v2").Opcode((byte)'q', 1)
            .Opcode((byte)'(').Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Integer(1)
            .Opcode((byte)'t', (byte)'Q', (byte)'q', 2);
        for (int i = 0; i < 2_000; i++)
            pickle.Opcode((byte)'h', 1, (byte)'(', (byte)'h', 2, (byte)'K', 0, (byte)'h', 0, (byte)'h', 0, (byte)'t', (byte)'R');

        AssertTakesLittleMemory(TorchArchive.Build(pickle.Build(), TorchArchive.Numbers(1)));
    }

    [Fact]
    public void A_compressed_entry_is_refused_by_name() => AssertRefused(
        "'archive/data/0' in pytorch_model.bin is compressed",
        TorchArchive.Build(
            CompressionLevel.Optimal,
            ("archive/data/0", TorchArchive.Numbers(12)),
            ("archive/data.pkl", PickleBuilder.StateDict(Matrix))));

    [Fact]
    public void An_archive_without_a_pickle_is_refused() =>
        AssertRefused("data.pkl", TorchArchive.Build(("archive/data/0", TorchArchive.Numbers(12))));

    [Fact]
    public void A_file_of_a_big_endian_machine_is_refused() => AssertRefused("big-endian", WithByteOrder("big"));

    [Fact]
    public void A_file_that_says_it_is_little_endian_is_read()
    {
        using var file = new CheckpointFile(FileName, WithByteOrder("little"));

        Assert.Equal([3, 4], file.Shape("w"));
    }

    [Fact]
    public void An_archive_may_end_in_a_comment()
    {
        var stream = new MemoryStream();
        stream.Write(TorchArchive.Build(PickleBuilder.StateDict(Matrix), TorchArchive.Numbers(12)));
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
            archive.Comment = "made by a test";

        using var file = new CheckpointFile(FileName, stream.ToArray());

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], file.Values("w"));
    }

    [Fact]
    public void A_Zip64_archive_is_read()
    {
        byte[] archive = Zip64.From(TorchArchive.Build(PickleBuilder.StateDict(Matrix), TorchArchive.Numbers(12)));

        using var file = new CheckpointFile(FileName, archive);

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], file.Values("w"));
    }

    [Fact]
    public void An_archive_truncated_at_any_position_is_refused()
    {
        byte[] whole = TorchArchive.Build(PickleBuilder.StateDict(Matrix), TorchArchive.Numbers(12));

        Assert.All(Enumerable.Range(1, whole.Length - 1), length => AssertRefused(FileName, whole[..length]));
    }

    [Fact]
    public void An_archive_with_any_byte_damaged_is_read_or_refused() =>
        Damage.EveryByte(FileName, TorchArchive.Build(PickleBuilder.StateDict(Matrix), TorchArchive.Numbers(12)));

    [Fact]
    public void A_Zip64_archive_with_any_byte_damaged_is_read_or_refused() =>
        Damage.EveryByte(FileName, Zip64.From(TorchArchive.Build(PickleBuilder.StateDict(Matrix), TorchArchive.Numbers(12))));

    private static float[] Read(TorchView view)
    {
        using CheckpointFile file = Archive([view], TorchArchive.Numbers(12));
        return file.Values("w");
    }

    private static CheckpointFile Archive(TorchView[] views, byte[] storage) =>
        new(FileName, TorchArchive.Build(PickleBuilder.StateDict(views), storage));

    private static byte[] Pickle(PickleBuilder pickle) => TorchArchive.Build(pickle.Build(), []);

    private static byte[] WithByteOrder(string order) => TorchArchive.Build(
        ("archive/data.pkl", PickleBuilder.StateDict(Matrix)),
        ("archive/byteorder", Encoding.ASCII.GetBytes(order)),
        ("archive/data/0", TorchArchive.Numbers(12)));

    private static void AssertRefused(string named, byte[] bytes)
    {
        using var file = new CheckpointFile(FileName, bytes);

        Assert.Contains(named, Assert.Throws<ModelFormatException>(file.Open).Message, StringComparison.Ordinal);
    }

    private static void AssertTakesLittleMemory(byte[] bytes)
    {
        using var file = new CheckpointFile(FileName, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Record.Exception(file.Open);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200L * bytes.Length);
    }
}
