using System.Globalization;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>
///   The peak memory of a model of CodeBERT's size, including loading, in addition to the memory of the process with the small
///   model.
/// </summary>
/// <remarks>
///   Pages of a hole in a file may not count as memory, so this test covers the memory created from the weights. bench/memory.sh
///   measures everything.
/// </remarks>
[Collection(Alone.Name)]
public sealed class LargeModelMemoryTests : IDisposable
{
    private const string Embed = """
        param($Model, $In, $Out, $Precision)
        Import-CodeSnippet $In | ConvertTo-CodeEmbedding -Model $Model -Precision $Precision -Threads 2 |
            Export-CodeEmbedding $Out
        [System.IO.File]::ReadAllLines('/proc/self/status') | Where-Object { $_ -like 'VmHWM:*' }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // In float32, the weights are 499 MB, and may take 400 MB more. Converted from 16 bits, the matrices are 340 MB, and another
    // 340 MB while they are repacked. In 8-bit integers, they are 85 MB, twice, and one layer is 28 MB in float32; the word
    // embeddings are at most 154 MB.
    [Theory]
    [InlineData("F32", "Float32", 899_000)]
    [InlineData("F16", "Float32", 800_000)]
    [InlineData("F32", "Int8", 450_000)]
    [InlineData("F16", "Int8", 450_000)]
    public async Task It_is_bounded(string type, string precision, int kilobytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux reports the peak memory of a process like this.");
        string[] contents =
            [.. Enumerable.Range(0, 24).Select(i => string.Concat(Enumerable.Repeat(" a", i < 6 ? 500 : 10 + i)))];
        string input = _folder.WriteLines("in.jsonl", [.. contents.Select((content, i) => InputFiles.Record($"{i}", content))]);

        long small = await PeakAsync(Repository.Fixture("tiny-roberta"), input, precision);
        long large = await PeakAsync(LargeModel.Write(_folder, type), input, precision);

        Assert.InRange(large - small, 100_000, kilobytes);
    }

    private async Task<long> PeakAsync(string model, string input, string precision)
    {
        string script = _folder.WriteLines("embed.ps1", Embed);
        (int exitCode, string output, string error) = await HostProcess.RunAsync(
            "-File", script, model, input, _folder.File("out.jsonl"), precision);
        Assert.Equal(0, exitCode);
        Assert.StartsWith("Wrote 24 embeddings to ", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
        Assert.Equal(24, File.ReadLines(_folder.File("out.jsonl")).Count());

        // VmHWM:    123456 kB, where a kB is 1,024 bytes.
        string kibibytes = output.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024 / 1000;
    }
}
