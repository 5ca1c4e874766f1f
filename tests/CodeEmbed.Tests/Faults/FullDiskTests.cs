using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Faults;

/// <summary>A full disk: an error with the path, nothing is lost, and the run continues when there is space.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int Count = 400;

    private readonly TemporaryFolder _folder = new();
    private readonly SmallDisk _disk = new();

    public void Dispose()
    {
        _disk.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("out.jsonl")]
    [InlineData("new.jsonl.gz")]
    public async Task A_run_that_fills_the_disk_continues_when_there_is_space(string target)
    {
        string undisturbed = Undisturbed(target);
        string export = $"run \"{Line($"$disk/{target}")}";

        string output = await _disk.RunAsync(
            "256k", $"{export}\"; keep full; mount -o remount,size=16m \"$disk\"; {export} -Resume\"; keep done");

        Assert.StartsWith(
            $"error FileWriteError: Cannot write '{_disk.Path}/{target}': the disk is full.",
            Assert.Single(Errors(output)),
            StringComparison.Ordinal);
        string full = _disk.Copies("full"), done = _disk.Copies("done");
        Assert.Equal(
            "before", await File.ReadAllTextAsync(Path.Combine(full, "out.jsonl"), TestContext.Current.CancellationToken));
        Assert.InRange(SmallDisk.CountWholeLines(Path.Combine(full, target + ".partial")), 1, Count - 1);
        Assert.Equal(File.ReadAllBytes(undisturbed), File.ReadAllBytes(Path.Combine(done, target)));
        Assert.Equal(
            new[] { "out.jsonl", target, target + ".model.json" }.Distinct().Order(StringComparer.Ordinal),
            Directory.GetFiles(done).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_full_disk_while_the_target_is_compressed_loses_nothing()
    {
        string undisturbed = Undisturbed("out.jsonl.gz");
        Undisturbed("out.jsonl");

        // Space for every line, the journal and a small file, in pages of 4 KiB, and little more.
        long room = (new FileInfo(_folder.File("out.jsonl")).Length / 4096 * 4) + 24;
        string export = $"run \"{Line("$disk/out.jsonl.gz")}";

        string output = await _disk.RunAsync(
            $"{room}k", $"{export}\"; keep full; mount -o remount,size=16m \"$disk\"; {export} -Resume\"; keep done");

        Assert.StartsWith(
            $"error FileWriteError: Cannot write '{_disk.Path}/out.jsonl.gz': the disk is full.",
            Assert.Single(Errors(output)),
            StringComparison.Ordinal);
        string full = _disk.Copies("full");
        Assert.Equal(Count, SmallDisk.CountWholeLines(Path.Combine(full, "out.jsonl.gz.partial")));
        Assert.Equal(
            ["out.jsonl", "out.jsonl.gz.partial", "out.jsonl.gz.partial.json"],
            Directory.GetFiles(full).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllBytes(undisturbed), File.ReadAllBytes(Path.Combine(_disk.Copies("done"), "out.jsonl.gz")));
    }

    [Theory]
    [InlineData("new.db")]
    [InlineData("new.parquet")]
    [InlineData("new.safetensors")]
    public async Task A_full_disk_while_the_rows_are_written_loses_nothing(string target)
    {
        string undisturbed = Undisturbed(target);
        using (var session = new ModuleSession(_folder.Path))
            Assert.Null(session.Run($"{Line("lines.jsonl")} -VectorEncoding Base64").TerminatingMessage);

        // Space for every line, the journal and a small file, in pages of 4 KiB, and little more.
        long room = (new FileInfo(_folder.File("lines.jsonl")).Length / 4096 * 4) + 24;
        string export = $"run \"{Line($"$disk/{target}")}";

        string output = await _disk.RunAsync(
            $"{room}k", $"{export}\"; keep full; mount -o remount,size=16m \"$disk\"; {export} -Resume\"; keep done");

        Assert.StartsWith(
            $"error FileWriteError: Cannot write '{_disk.Path}/{target}': the disk is full.",
            Assert.Single(Errors(output)),
            StringComparison.Ordinal);
        string full = _disk.Copies("full"), done = _disk.Copies("done");
        Assert.Equal(Count, SmallDisk.CountWholeLines(Path.Combine(full, target + ".partial")));
        Assert.Equal(
            [target + ".partial", target + ".partial.json", "out.jsonl"],
            Directory.GetFiles(full).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllBytes(undisturbed), File.ReadAllBytes(Path.Combine(done, target)));
        Assert.Equal([target, "out.jsonl"], Directory.GetFiles(done).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task No_space_for_the_journal_ends_the_run_before_the_first_line()
    {
        WriteInput();

        string output = await _disk.RunAsync("4k", $"run \"{Line("$disk/out.jsonl")}\"; keep full");

        Assert.StartsWith(
            $"error FileWriteError: Cannot write '{_disk.Path}/out.jsonl': the disk is full.",
            Assert.Single(Errors(output)),
            StringComparison.Ordinal);
        string full = _disk.Copies("full");
        Assert.Equal(["out.jsonl"], Directory.GetFiles(full).Select(Path.GetFileName));
        Assert.Equal(
            "before", await File.ReadAllTextAsync(Path.Combine(full, "out.jsonl"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task No_space_for_rejected_records_ends_the_run_and_leaves_whole_lines()
    {
        _folder.WriteLines("in.jsonl", [.. Enumerable.Range(1, Count).Select(id => $$"""{"id":"{{id}}"}""")]);

        string output = await _disk.RunAsync(
            "16k",
            $"run \"{Line("$disk/out.jsonl", "-SkipInvalid -RejectPath $disk/rejects.jsonl")}\" 2>&1 | tail -n 1; keep full");

        Assert.StartsWith(
            $"error FileWriteError: Cannot write '{_disk.Path}/rejects.jsonl': the disk is full.",
            Assert.Single(Errors(output)),
            StringComparison.Ordinal);
        Assert.InRange(SmallDisk.CountWholeLines(Path.Combine(_disk.Copies("full"), "rejects.jsonl")), 1, Count - 1);
        Assert.Equal(
            "before",
            await File.ReadAllTextAsync(Path.Combine(_disk.Copies("full"), "out.jsonl"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_is_appended_to_is_truncated_back_when_the_disk_is_full()
    {
        string few = _folder.WriteRecords(3);
        string first = Line("$disk/all.jsonl");

        string output = await _disk.RunAsync(
            "256k", $"run \"{first}\"; keep before; cp '{WriteInput("many.jsonl")}' '{few}'; run \"{first} -Append\"; keep full");

        Assert.StartsWith(
            $"error FileWriteError: Cannot write '{_disk.Path}/all.jsonl': the disk is full.",
            Assert.Single(Errors(output)),
            StringComparison.Ordinal);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(_disk.Copies("before"), "all.jsonl")),
            File.ReadAllBytes(Path.Combine(_disk.Copies("full"), "all.jsonl")));
    }

    private string Line(string target, string reading = "") =>
        $"Import-CodeSnippet '{_folder.File("in.jsonl")}' {reading} | ConvertTo-CodeEmbedding -Model "
        + $"'{Repository.Fixture("tiny-roberta")}' -Threads 1 | Export-CodeEmbedding {target}";

    /// <summary>Writes the input, and the output of a run to a disk with enough space.</summary>
    private string Undisturbed(string target)
    {
        WriteInput();
        using var session = new ModuleSession(_folder.Path);
        Assert.Null(session.Run(Line(target)).TerminatingMessage);
        return _folder.File(target);
    }

    /// <summary>Every snippet is different, because similar text compresses to almost nothing.</summary>
    private string WriteInput(string name = "in.jsonl") =>
        _folder.WriteLines(name, [.. Enumerable.Range(1, Count).Select(id => InputFiles.Record($"{id}", $"x{id} = {id * id}"))]);

    private static IEnumerable<string> Errors(string output) =>
        output.Split('\n').Where(line => line.StartsWith("error ", StringComparison.Ordinal));
}
