using System.Text.Json.Nodes;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Shards;

/// <summary>The outputs of shards are merged into the output of a single run, or refused with the name of the problem.</summary>
public sealed class ShardMergeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public ShardMergeTests()
    {
        _session = new ModuleSession(_folder.Path);
        _folder.WriteLines(
            "in.jsonl",
            [.. Enumerable.Range(1, 20).Select(i => i % 7 == 3 ? "{}" : InputFiles.Record($"{i}", $"x = {i}"))]);
    }

    public void Dispose()
    {
        _session.Run("Remove-Module CodeEmbed");
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("out.jsonl", "jsonl")]
    [InlineData("out.jsonl.gz", "jsonl.gz")]
    [InlineData("out.jsonl.zst", "jsonl.zst")]
    [InlineData("out.npy", "jsonl")]
    [InlineData("out.safetensors", "jsonl")]
    [InlineData("out.parquet", "jsonl.gz")]
    [InlineData("out.db", "jsonl")]
    public void The_merged_file_and_the_files_next_to_it_equal_a_single_run(string target, string ofShards)
    {
        MakeShards(3, ofShards);
        Single($"single/{target}");
        Directory.CreateDirectory(_folder.File("merged"));

        SessionResult result = Merge($"s.*.{ofShards}", $"merged/{target} -RejectPath merged/rejects.jsonl");

        Assert.Null(result.TerminatingMessage);
        Assert.Empty(result.Warnings);
        var summary = (MergeSummary)Assert.Single(result.Output).BaseObject;
        Assert.Equal((3, 20L, 17L, 3L), (summary.Shards, summary.Read, summary.Written, summary.Rejected));
        Assert.Equal(Names("single"), Names("merged"));
        foreach (string name in Names("single").Where(name => !name.EndsWith(".records.json", StringComparison.Ordinal)))
            Assert.Equal(File.ReadAllBytes(_folder.File($"single/{name}")), File.ReadAllBytes(_folder.File($"merged/{name}")));
    }

    [Fact]
    public void More_shards_than_records_leave_some_of_them_empty()
    {
        MakeShards(50);
        Single("single/out.jsonl");

        Assert.Null(Merge("s.*.jsonl", "out.jsonl").TerminatingMessage);
        Assert.Equal(File.ReadAllBytes(_folder.File("single/out.jsonl")), File.ReadAllBytes(_folder.File("out.jsonl")));
    }

    [Fact]
    public void Shards_of_an_input_without_records_merge_to_an_empty_file()
    {
        File.WriteAllBytes(_folder.File("in.jsonl"), []);
        MakeShards(2);

        Assert.Null(Merge("s.*.jsonl", "out.jsonl").TerminatingMessage);
        Assert.Empty(File.ReadAllBytes(_folder.File("out.jsonl")));
    }

    [Fact]
    public void An_empty_list_of_files_is_refused()
    {
        SessionResult result = _session.Run("@() | Merge-CodeEmbedding -Destination out.jsonl");

        Assert.Equal("FileReadError", result.TerminatingId);
        Assert.Contains("no file of a shard was given", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("out.npy")]
    [InlineData("out.parquet")]
    public void A_shard_from_several_models_is_merged_only_into_JSON_Lines(string target)
    {
        MakeShards(1);
        Change("s.0.jsonl", says => says["fingerprint"] = null);
        File.WriteAllText(_folder.File("rejects.jsonl"), "old");

        SessionResult result = Merge("s.0.jsonl", $"{target} -RejectPath rejects.jsonl");

        Assert.Equal("ShardError", result.TerminatingId);
        Assert.Contains("from several models", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(_folder.File("rejects.jsonl")));
        Assert.False(File.Exists(_folder.File(target)));
    }

    [Theory]
    [InlineData("folder", "is a folder")]
    [InlineData("missing/rejects.jsonl", "does not exist. Make it.")]
    [InlineData("pipe", "is a device, a pipe")]
    public void Rejected_records_are_written_only_to_a_regular_file(string path, string problem)
    {
        Assert.SkipWhen(path == "pipe" && OperatingSystem.IsWindows(), "Windows has no such files.");
        MakeShards(2);
        Directory.CreateDirectory(_folder.File("folder"));
        if (path == "pipe")
            System.Diagnostics.Process.Start("mkfifo", _folder.File("pipe")).WaitForExit();

        SessionResult result = Merge("s.*.jsonl", $"out.jsonl -RejectPath {path}");

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains(problem, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("out.jsonl")));
    }

    [Theory]
    [InlineData("other.jsonl")]
    [InlineData("other.npy")]
    public void Rejected_records_do_not_replace_embeddings(string rejects)
    {
        MakeShards(2);
        File.WriteAllText(_folder.File(rejects), "before");
        File.WriteAllText(_folder.File("other.jsonl.model.json"), "{}");

        SessionResult result = Merge("s.*.jsonl", $"out.jsonl -RejectPath {rejects}");

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains("it holds embeddings", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal("before", File.ReadAllText(_folder.File(rejects)));
    }

    [Theory]
    [InlineData("s.1.jsonl.shard.json -Force", "belongs to shard 1")]
    [InlineData("s.1.jsonl.model.json -Force", "belongs to shard 1")]
    [InlineData("out.jsonl -RejectPath s.1.jsonl.shard.json", "belongs to shard 1")]
    [InlineData("in.jsonl -Force", "belongs to shard 0")]
    public void The_files_of_a_shard_are_not_overwritten(string target, string problem)
    {
        MakeShards(2);
        string[] files = ["s.1.jsonl.shard.json", "s.1.jsonl.model.json", "in.jsonl"];
        byte[][] before = [.. files.Select(file => File.ReadAllBytes(_folder.File(file)))];

        SessionResult result = Merge("s.0.jsonl, s.1.jsonl", target);

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains(problem, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(before, files.Select(file => File.ReadAllBytes(_folder.File(file))));
    }

    [Fact]
    public void A_failed_merge_leaves_the_earlier_rejected_records()
    {
        MakeShards(2);
        File.WriteAllText(_folder.File("rejects.jsonl"), "old");
        File.AppendAllText(_folder.File("bad.1.jsonl"), "{}\n");

        Assert.Equal("ShardError", Merge("s.*.jsonl", "out.jsonl -RejectPath rejects.jsonl").TerminatingId);
        Assert.Equal("old", File.ReadAllText(_folder.File("rejects.jsonl")));
        Assert.False(File.Exists(_folder.File("rejects.jsonl.new")));
    }

    /// <summary>Each kind of invalid set, its message, and the files that it must name.</summary>
    [Theory]
    [InlineData("missing", "of 3 shards one is missing: 1, which would be", "'s.1.jsonl'")]
    [InlineData("unfinished", "of 3 shards one is missing: 1", "s.1.jsonl.partial' did not reach the end")]
    [InlineData("double", "shard 1 is given twice", "copy.jsonl")]
    [InlineData("no shard", "is not known to be a shard", "s.1.jsonl.shard.json' does not exist")]
    [InlineData("damaged sidecar", "cannot be read: it is damaged", "s.1.jsonl.shard.json")]
    [InlineData("later version", "a later version of this program wrote it", "s.1.jsonl.shard.json")]
    [InlineData("other count", "it is one of 4 shards", "s.1.jsonl")]
    [InlineData("other input", "a shard of other inputs than", "s.1.jsonl")]
    [InlineData("other bytes", "'in.jsonl' had other bytes", "s.1.jsonl")]
    [InlineData("other model", "other settings than", "s.1.jsonl")]
    [InlineData("other setting", "'max_length' was '16'", "s.1.jsonl")]
    [InlineData("no content", "'exclude_content' was 'true' and not 'false'", "s.1.jsonl")]
    [InlineData("other fingerprint", "have the fingerprint 0000000000000000", "s.1.jsonl")]
    [InlineData("changed", "its SHA-256 is different. Make shard 1 again.", "s.1.jsonl")]
    [InlineData("longer", "was changed after it was written", "s.1.jsonl")]
    [InlineData("torn", "is cut short", "the last line torn")]
    [InlineData("wrong number", "embeddings were written. Make shard 1 again.", "s.1.jsonl' has")]
    public void An_invalid_set_is_refused_and_the_file_is_named(string kind, string says, string names)
    {
        MakeShards(3);
        Spoil(kind);
        File.WriteAllText(_folder.File("out.jsonl"), "before");

        SessionResult result = Merge(kind == "double" ? "s.*.jsonl, copy.jsonl" : "s.*.jsonl", "out.jsonl");

        Assert.Equal("ShardError", result.TerminatingId);
        Assert.Contains(says, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains(names, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal("before", File.ReadAllText(_folder.File("out.jsonl")));
        Assert.False(File.Exists(_folder.File("out.jsonl.partial")));
    }

    [Fact]
    public void A_shard_of_a_truncated_compressed_file_is_refused()
    {
        MakeShards(2, "jsonl.gz");
        using (FileStream file = File.OpenWrite(_folder.File("s.1.jsonl.gz")))
            file.SetLength(file.Length - 9);

        SessionResult result = Merge("s.*.gz", "out.jsonl");

        Assert.Equal("ShardError", result.TerminatingId);
        Assert.Contains("s.1.jsonl.gz' is damaged", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("changed", "was changed after it was written")]
    [InlineData("gone", "does not exist")]
    [InlineData("not kept", "without keeping them in a file")]
    public void Rejected_records_that_do_not_belong_to_the_shards_are_refused(string kind, string says)
    {
        MakeShards(2);
        string rejects = _folder.File("bad.1.jsonl");
        if (kind == "changed")
            File.AppendAllText(rejects, "{}\n");
        else if (kind == "gone")
            File.Delete(rejects);
        else
            Change("s.1.jsonl", says => says["reject_files"] = new JsonArray());

        SessionResult result = Merge("s.*.jsonl", "out.jsonl -RejectPath all.jsonl");

        Assert.Equal("ShardError", result.TerminatingId);
        Assert.Contains(says, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("all.jsonl")));
        Assert.Null(Merge("s.*.jsonl", "out.jsonl").TerminatingMessage);
    }

    [Theory]
    [InlineData("threads", "made_with")]
    [InlineData("last_write", "inputs")]
    public void A_difference_that_may_be_harmless_is_a_warning(string name, string part)
    {
        MakeShards(2);
        Change("s.1.jsonl", says =>
        {
            JsonNode holder = part == "inputs" ? says[part]![0]! : says[part]!;
            holder[name] = name == "threads" ? "77" : "2001-02-03T04:05:06Z";
        });

        SessionResult result = Merge("s.*.jsonl", "out.jsonl");

        Assert.Null(result.TerminatingMessage);
        Assert.Contains(name == "threads" ? "'77'" : "'in.jsonl'", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_were_moved_together_are_found()
    {
        MakeShards(2);
        Directory.CreateDirectory(_folder.File("moved"));
        foreach (string file in Directory.GetFiles(_folder.Path).Where(file => Path.GetFileName(file) != "in.jsonl"))
            File.Move(file, _folder.File($"moved/{Path.GetFileName(file)}"));

        Assert.Null(Merge("moved/*", "out.jsonl -RejectPath all.jsonl", "-Exclude").TerminatingMessage);
        Assert.Equal(3, File.ReadLines(_folder.File("all.jsonl")).Count());
    }

    [Fact]
    public void A_partial_file_of_one_shard_is_not_continued_by_another()
    {
        Interrupt("-ShardIndex 0 -ShardCount 2");

        SessionResult result = Run("-ShardIndex 1 -ShardCount 2", "s.0.jsonl -Resume");

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains("shard_index was '0' and is '1'", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Null(Run("-ShardIndex 0 -ShardCount 2", "s.0.jsonl -Resume").TerminatingMessage);
    }

    [Fact]
    public void The_shard_description_is_removed_when_the_file_is_rewritten_without_shards()
    {
        Run("-ShardIndex 0 -ShardCount 2", "s.0.jsonl");
        Assert.True(File.Exists(_folder.File("s.0.jsonl.shard.json")));

        Run("", "s.0.jsonl");

        Assert.False(File.Exists(_folder.File("s.0.jsonl.shard.json")));
    }

    [Theory]
    [InlineData("-ShardIndex 1", "-ShardIndex '1' was given without -ShardCount.")]
    [InlineData("-ShardCount 4", "-ShardCount '4' was given without -ShardIndex.")]
    [InlineData("-ShardIndex 4 -ShardCount 4", "-ShardIndex '4' is not one of 4 shards. Give a number from 0 to 3.")]
    [InlineData("-ShardIndex -1 -ShardCount 4", "-ShardIndex '-1' is not one of 4 shards.")]
    [InlineData("-ShardIndex 0 -ShardCount 0", "-ShardCount '0' is less than 1.")]
    public void A_shard_that_does_not_exist_is_a_parameter_error(string arguments, string says)
    {
        foreach (string read in new[] { "Import-CodeSnippet in.jsonl", "Get-CodeSnippet ." })
        {
            SessionResult result = _session.Run($"{read} {arguments}");

            Assert.Equal("ParameterError", result.TerminatingId);
            Assert.StartsWith(says, result.TerminatingMessage, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("s.0.npy", "a shard is written as JSON Lines")]
    [InlineData("in.copy.jsonl -Append", "cannot be added to another")]
    public void A_shard_is_not_written_to_a_target_that_cannot_be_merged(string target, string says)
    {
        File.WriteAllText(_folder.File("in.copy.jsonl"), "");

        Assert.Contains(says, Run("-ShardIndex 0 -ShardCount 2", target).TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void The_destination_must_not_be_a_shard_or_its_rejected_records()
    {
        MakeShards(2);

        Assert.Contains("belongs to shard 0", Merge("s.*.jsonl", "s.0.jsonl").TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains(
            "belongs to shard 1",
            Merge("s.*.jsonl", "out.jsonl -RejectPath bad.1.jsonl").TerminatingMessage,
            StringComparison.Ordinal);
        _folder.WriteLines("other.jsonl", "before");
        Assert.Contains(
            "already exists", Merge("s.*.jsonl", "other.jsonl -NoClobber").TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal("FileReadError", Merge("none.*.jsonl", "out.jsonl").TerminatingId);
    }

    [Fact]
    public void Source_files_are_divided_by_bytes_in_order()
    {
        Directory.CreateDirectory(_folder.File("code"));
        foreach (char name in "abcdefgh")
            _folder.WriteLines($"code/{name}.py", [.. Enumerable.Repeat($"{name} = 1", name == 'c' ? 400 : 10)]);

        string[][] shards = [.. Enumerable.Range(0, 4).Select(index => _session
            .Run($"Get-CodeSnippet code -WholeFile -ShardIndex {index} -ShardCount 4").Output
            .Select(snippet => ((CodeSnippet)snippet.BaseObject).FilePath).ToArray())];

        // Of 3,760 bytes, a and b have 120, and c has 2,400 more: the pieces start at 0, 940, 1,880 and 2,820.
        Assert.Equal(["a.py", "b.py", "c.py"], shards[0]);
        Assert.Empty(shards[1]);
        Assert.Empty(shards[2].Concat(shards[1]));
        Assert.Equal(["d.py", "e.py", "f.py", "g.py", "h.py"], shards[3]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Empty_files_at_the_end_belong_to_the_last_shard(bool anyBytes)
    {
        Directory.CreateDirectory(_folder.File("code"));
        File.WriteAllText(_folder.File("code/a.py"), anyBytes ? "a = 1\n" : string.Empty);
        File.WriteAllText(_folder.File("code/y.py"), string.Empty);
        File.WriteAllText(_folder.File("code/z.py"), string.Empty);

        string[][] shards = [.. Enumerable.Range(0, 2).Select(index => _session
            .Run($"Get-CodeSnippet code -ShardIndex {index} -ShardCount 2 -Verbose 4>&1").Output
            .Select(line => $"{line}").Where(line => line.StartsWith("Shard ", StringComparison.Ordinal)).ToArray())];

        Assert.Equal([$"Shard 0 of 2: {(anyBytes ? 1 : 0)} of 3 files."], shards[0]);
        Assert.Equal([$"Shard 1 of 2: {(anyBytes ? 2 : 3)} of 3 files."], shards[1]);
    }

    [Fact]
    public void Shards_of_source_files_can_be_merged_too()
    {
        Directory.CreateDirectory(_folder.File("code"));
        foreach (char name in "abcdefgh")
            _folder.WriteLines($"code/{name}.py", $"def {name}(): return 1");

        const string Embed = "ConvertTo-CodeEmbedding $Model | Export-CodeEmbedding";
        _session.Run(
            $"0..2 | ForEach-Object {{ Get-CodeSnippet code -ShardIndex $_ -ShardCount 3 | {Embed} s.$_.jsonl }}; "
            + $"Get-CodeSnippet code | {Embed} single.jsonl; Merge-CodeEmbedding s.*.jsonl merged.jsonl",
            ("Model", Repository.Fixture("tiny-roberta")));

        Assert.Equal(8, File.ReadLines(_folder.File("merged.jsonl")).Count());
        Assert.Equal(File.ReadAllBytes(_folder.File("single.jsonl")), File.ReadAllBytes(_folder.File("merged.jsonl")));
    }

    private string[] Names(string folder) =>
        [.. Directory.GetFiles(_folder.File(folder)).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private void MakeShards(int count, string extension = "jsonl")
    {
        for (int index = 0; index < count; index++)
        {
            SessionResult result =
                Run($"-ShardIndex {index} -ShardCount {count}", $"s.{index}.{extension}", $"bad.{index}.jsonl");
            Assert.Null(result.TerminatingMessage);
        }
    }

    private void Single(string target)
    {
        Directory.CreateDirectory(_folder.File("single"));
        Assert.Null(Run("", target, "single/rejects.jsonl").TerminatingMessage);
    }

    private SessionResult Run(string shard, string target, string rejects = "bad.jsonl", string convert = "") => _session.Run(
        $"Import-CodeSnippet in.jsonl -SkipInvalid -RejectPath {rejects} {shard} | "
        + $"ConvertTo-CodeEmbedding $Model -BatchSize 2 {convert} | Export-CodeEmbedding {target}",
        ("Model", Repository.Fixture("tiny-roberta")));

    private void Interrupt(string shard) => Run(
        shard, "s.0.jsonl", convert: "| ForEach-Object { if ($_.Snippet.Id -eq '7') { throw 'interrupted' }; $_ }");

    private SessionResult Merge(string shards, string arguments, string leftOut = "") => _session.Run(
        leftOut.Length == 0
            ? $"Merge-CodeEmbedding {shards} -Destination {arguments}"
            : $"Merge-CodeEmbedding moved/s.* -Destination {arguments}");

    private void Change(string output, Action<JsonObject> change)
    {
        string path = _folder.File(output + ".shard.json");
        JsonObject says = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(says);
        File.WriteAllText(path, says.ToJsonString());
    }

    private void Spoil(string kind)
    {
        string shard = _folder.File("s.1.jsonl"), beside = shard + ".shard.json";
        switch (kind)
        {
            case "missing":
                File.Delete(shard);
                break;
            case "unfinished":
                File.Delete(shard);
                Run(
                    "-ShardIndex 1 -ShardCount 3",
                    "s.1.jsonl",
                    convert: "| ForEach-Object { if ($_.Snippet.Id -eq '12') { throw 'interrupted' }; $_ }");
                Assert.True(File.Exists(shard + ".partial"));
                break;
            case "double":
                File.Copy(shard, _folder.File("copy.jsonl"));
                File.Copy(beside, _folder.File("copy.jsonl.shard.json"));
                break;
            case "no shard":
                File.Delete(beside);
                break;
            case "damaged sidecar":
                File.WriteAllText(beside, "{\"format\":1,\"shard_index\":");
                break;
            case "later version":
                Change("s.1.jsonl", says => says["format"] = 2);
                break;
            case "other count":
                Run("-ShardIndex 1 -ShardCount 4", "s.1.jsonl");
                break;
            case "other input":
                File.AppendAllText(_folder.File("in.jsonl"), "\n");
                Run("-ShardIndex 1 -ShardCount 3", "s.1.jsonl");
                break;
            case "other bytes":
                string text = File.ReadAllText(_folder.File("in.jsonl"));
                File.WriteAllText(_folder.File("in.jsonl"), text.Replace("x = 1\"", "y = 1\"", StringComparison.Ordinal));
                Run("-ShardIndex 1 -ShardCount 3", "s.1.jsonl");
                break;
            case "other model":
                _session.Run(
                    "Import-CodeSnippet in.jsonl -SkipInvalid -ShardIndex 1 -ShardCount 3 -RejectPath bad.1.jsonl | "
                    + "ConvertTo-CodeEmbedding codeembed-mini | Export-CodeEmbedding s.1.jsonl");
                break;
            case "other setting":
                Run("-ShardIndex 1 -ShardCount 3", "s.1.jsonl", convert: "-MaxLength 16");
                break;
            case "no content":
                Run("-ShardIndex 1 -ShardCount 3", "s.1.jsonl -ExcludeContent");
                break;
            case "other fingerprint":
                Change("s.1.jsonl", says => says["fingerprint"] = "0000000000000000");
                break;
            case "changed":
                byte[] bytes = File.ReadAllBytes(shard);
                bytes[20] ^= 1;
                File.WriteAllBytes(shard, bytes);
                break;
            case "longer":
                File.AppendAllText(shard, File.ReadLines(shard).First() + "\n");
                break;
            case "torn":
                using (FileStream file = File.OpenWrite(shard))
                    file.SetLength(file.Length - 5);

                break;
            case "wrong number":
                Change("s.1.jsonl", says => says["written"] = 99);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
    }
}
