using CodeEmbed.ModelFiles;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tensors;
using CodeEmbed.Tests.Onnx;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Hostile;

/// <summary>Weight files with false tables.</summary>
[Collection(Alone.Name)]
public sealed class CheckpointFuzzTests : IDisposable
{
    private const string Safetensors = "model.safetensors", Torch = "pytorch_model.bin";

    /// <summary>The tables of the fixtures are within this many bytes of the start or the end.</summary>
    private const int Table = 12 * 1024;

    private static readonly long[] Sizes =
    [
        0, 1, 2, 4, 64, -1, int.MaxValue, uint.MaxValue, 1L << 32, 1L << 61, 1L << 62, long.MaxValue, long.MaxValue / 2,
        long.MinValue, long.MaxValue / 4 * 3,
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Fuzz]
    public void A_changed_safetensors_file_is_read_or_refused() =>
        new FuzzRun("safetensors", MakeSafetensors, Open, IsNamed).Run(100);

    [Fact]
    [Fuzz]
    public void A_changed_torch_file_is_read_or_refused() =>
        new FuzzRun("torch", random => MakeChanged(random, Torch, "tiny-roberta/pytorch_model.bin"), Open, IsNamed).Run(100);

    [Fact]
    [Fuzz]
    public void A_changed_torch_file_of_the_old_format_is_read_or_refused() =>
        new FuzzRun(
            "torch-legacy",
            random => MakeChanged(random, Torch, "tiny-roberta-legacy-torch/pytorch_model.bin"),
            Open,
            IsNamed).Run(100);

    [Fact]
    [Fuzz]
    public void A_pickle_of_any_opcodes_is_read_or_refused() => new FuzzRun("pickle", MakePickle, Open, IsNamed).Run(500);

    [Fact]
    [Fuzz]
    public void A_changed_index_of_shards_is_read_or_refused() => new FuzzRun("shards", MakeIndex, Open, IsNamed).Run(80);

    private static FuzzCase MakeSafetensors(Random random)
    {
        if (random.Next(2) == 0)
            return MakeChanged(random, Safetensors, "tiny-roberta/model.safetensors");

        long Size() => Sizes[random.Next(Sizes.Length)];
        string type = random.Next(2) == 0 ? "F16" : "F64";
        string tensor = $$"""{"dtype":"{{type}}","shape":[{{Size()}},{{Size()}}],"data_offsets":[{{Size()}},{{Size()}}]}""";
        string second = $$"""{"dtype":"F32","shape":[{{Size()}}],"data_offsets":[0,{{Size()}}]}""";
        byte[] file = SafetensorsBuilder.Raw($$"""{"a":{{tensor}},"b":{{second}}}""", 64);
        byte[] header = JsonMutation.Change(random, file[8..^64]);
        return new FuzzCase(
            "a header",
            (Safetensors, random.Next(2) == 0 ? file : SafetensorsBuilder.Raw(System.Text.Encoding.UTF8.GetString(header), 64)));
    }

    private static FuzzCase MakeChanged(Random random, string name, string fixture)
    {
        byte[] bytes = File.ReadAllBytes(Repository.Fixture(fixture));
        return random.Next(4) == 0
            ? new FuzzCase("a cut", (name, bytes[..random.Next(1, bytes.Length)]))
            : new FuzzCase("changed bytes", (name, ByteMutation.Change(random, bytes, Table)));
    }

    private static FuzzCase MakePickle(Random random)
    {
        var pickle = new PickleBuilder();
        byte[] simple = [.. "()}]tasubQRN012"u8, 0x85, 0x86, 0x87, 0x88, 0x89];
        (string Module, string Name)[] globals =
        [
            ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_parameter"), ("collections", "OrderedDict"),
            ("torch", "FloatStorage"), ("torch", "HalfStorage"), ("os", "system"),
        ];
        for (int i = random.Next(1, 60); i > 0; i--)
        {
            _ = random.Next(9) switch
            {
                0 => pickle.Text(random.Next(2) == 0 ? "storage" : "0"),
                1 => pickle.Integer(Sizes[random.Next(Sizes.Length)]),
                2 => pickle.Global(globals[random.Next(globals.Length)].Module, globals[random.Next(globals.Length)].Name),
                3 => pickle.Opcode((byte)'q', (byte)random.Next(4)),
                4 => pickle.Opcode((byte)'h', (byte)random.Next(4)),
                5 => pickle.Tensor(new TorchView(
                    $"{i}",
                    Sizes[random.Next(Sizes.Length)],
                    [Sizes[random.Next(Sizes.Length)], 4],
                    [4, Sizes[random.Next(Sizes.Length)]])
                {
                    Offset = Sizes[random.Next(Sizes.Length)],
                    StorageClass = random.Next(2) == 0 ? "HalfStorage" : "FloatStorage",
                }),
                6 => pickle.Opcode((byte)'r', (byte)random.Next(256), 0, 0, (byte)random.Next(256)),
                _ => pickle.Opcode(simple[random.Next(simple.Length)]),
            };
        }

        // Half of them are the values of a state dict, so that its tensors are looked up in the file.
        byte[] program = random.Next(2) == 0 ? pickle.Build() : PickleBuilder.StateDict(
            new TorchView("a", 64, [Sizes[random.Next(Sizes.Length)], 2], [2, Sizes[random.Next(Sizes.Length)]])
            {
                Offset = Sizes[random.Next(Sizes.Length)]
            });
        return new FuzzCase("a pickle", (Torch, TorchArchive.Build(program, new byte[256])));
    }

    private static FuzzCase MakeIndex(Random random)
    {
        byte[] index = """{"metadata":{"total_size":8},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}"""u8.ToArray();
        byte[] shard = SafetensorsBuilder.Raw("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4);
        return new FuzzCase(
            "an index",
            ("model.safetensors.index.json", JsonMutation.Change(random, index)),
            ("one.safetensors", shard),
            ("two.safetensors", ByteMutation.Change(random, shard)));
    }

    private unsafe void Open(FuzzCase made)
    {
        foreach (string path in Directory.GetFiles(_folder.Path))
            File.Delete(path);

        foreach ((string name, byte[] bytes) in made.Files)
            File.WriteAllBytes(_folder.File(name), bytes);

        using Checkpoint checkpoint = Checkpoint.Open(new ModelFolder(_folder.Path, "model"));
        foreach (CheckpointTensor tensor in checkpoint.Tensors.Values)
        {
            // A tensor that is not refused can be read to its last element.
            Assert.True(tensor.Count >= 0 && tensor.File.Contains(tensor.Offset, tensor.Length), tensor.Name);
            Assert.True(tensor.Count * tensor.Type.Size <= tensor.Length, tensor.Name);
            if (tensor.Shape.Length is not (1 or 2) || !TensorConverter.CanConvert(tensor.Type))
                continue;

            using var target = new NativeBuffer(Math.Max(tensor.Count * sizeof(float), 1));
            TensorConverter.Copy(tensor, (float*)target.Address);
        }
    }

    private static bool IsNamed(Exception exception) => exception is ModelFormatException;
}
