using System.Text;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Weight files that are not what they claim to be: each is refused by name, and nothing in it is run.</summary>
public sealed class HostileCheckpointTests : IDisposable
{
    /// <summary>The file that the command in the fixture would create.</summary>
    private const string MadeByTheCommand = "/tmp/codeembed-pickle-ran";

    private readonly ModelCopy _model = new();

    public static TheoryData<string> HostileFiles { get; } =
        [.. Directory.GetFiles(Repository.Fixture("hostile"))
            .Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal)];

    public void Dispose() => _model.Dispose();

    [Theory]
    [MemberData(nameof(HostileFiles))]
    public void It_is_refused_by_name(string file)
    {
        string name = UseHostile(file);

        Assert.Contains(name, _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(HostileFiles))]
    public void Its_claimed_sizes_do_not_cost_memory(string file)
    {
        UseHostile(file);
        long before = GC.GetAllocatedBytesForCurrentThread();

        _model.FailToLoad();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024 * 1024);
    }

    [Fact]
    public void A_command_in_a_pickle_is_named_and_not_run()
    {
        Assert.False(File.Exists(MadeByTheCommand));
        UseHostile("runs-a-command.bin");

        Assert.Contains("'posix.system'", _model.FailToLoad().Problem, StringComparison.Ordinal);
        Assert.False(File.Exists(MadeByTheCommand));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("pytorch_model.bin")]
    public void An_empty_file_is_reported_as_empty(string name)
    {
        _model.UseWeights(name, []);

        Assert.Equal($"{name} is empty.", _model.FailToLoad().Problem);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("pytorch_model.bin")]
    public void A_Git_LFS_pointer_is_reported_with_what_to_do(string name)
    {
        string pointer = $"version https://git-lfs.github.com/spec/v1\noid sha256:{new string('0', 64)}\nsize 498818054\n";
        _model.UseWeights(name, Encoding.ASCII.GetBytes(pointer));

        string problem = _model.FailToLoad().Problem;

        Assert.Contains(name, problem, StringComparison.Ordinal);
        Assert.Contains("git lfs pull", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.safetensors", 1)]
    [InlineData("model.safetensors", 7)]
    [InlineData("model.safetensors", 8)]
    [InlineData("pytorch_model.bin", 1)]
    [InlineData("pytorch_model.bin", 4)]
    [InlineData("pytorch_model.bin", 30)]
    public void A_file_of_a_few_bytes_is_refused_by_name(string name, int length)
    {
        byte[] whole = File.ReadAllBytes(_model.File(name));
        _model.UseWeights(name, whole[..length]);

        Assert.Contains(name, _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_legacy_file_is_refused_by_name()
    {
        using var model = new ModelCopy("tiny-roberta-legacy-torch");
        byte[] whole = File.ReadAllBytes(model.File("pytorch_model.bin"));
        model.UseWeights("pytorch_model.bin", whole[..^4]);

        Assert.Contains("pytorch_model.bin", model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_file_is_released()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux lists the mapped files.");
        UseHostile("cut-short.safetensors");

        _model.FailToLoad();

        Assert.DoesNotContain(_model.Path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    /// <summary>Makes a file the only weights of the model, and returns its new name.</summary>
    private string UseHostile(string file)
    {
        string name = file.EndsWith(".bin", StringComparison.Ordinal) ? "pytorch_model.bin" : "model.safetensors";
        _model.UseWeights(name, File.ReadAllBytes(Repository.Fixture($"hostile/{file}")));
        return name;
    }
}
