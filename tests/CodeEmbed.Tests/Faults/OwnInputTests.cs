using System.Diagnostics;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Faults;

/// <summary>A pipeline that would write to one of its input files is refused before anything is lost.</summary>
public sealed class OwnInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;
    private readonly string _before;

    public OwnInputTests()
    {
        // The first line is invalid, so that the file of rejected records receives one at once.
        _before = File.ReadAllText(_folder.WriteLines("in.jsonl", "{", InputFiles.Record("1"), InputFiles.Record("2")));
        _session = new ModuleSession(_folder.Path);
        if (OperatingSystem.IsWindows())
        {
            _session.Run("New-Item -ItemType HardLink -Path hard.jsonl -Target in.jsonl");
        }
        else
        {
            File.CreateSymbolicLink(_folder.File("link.jsonl"), _folder.File("in.jsonl"));
            File.CreateSymbolicLink(_folder.File("folder"), _folder.Path);
            using Process link = Process.Start("ln", [_folder.File("in.jsonl"), _folder.File("hard.jsonl")]);
            link.WaitForExit();
        }

        Assert.Equal(_before, File.ReadAllText(_folder.File("hard.jsonl")));
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("in.jsonl", "in.jsonl")]
    [InlineData("in.jsonl", "in.jsonl -Append")]
    [InlineData("in.jsonl", "in.jsonl -Force")]
    [InlineData("in.jsonl", "in.jsonl -Resume")]
    [InlineData("in.jsonl", "link.jsonl")]
    [InlineData("link.jsonl", "in.jsonl")]
    [InlineData("link.jsonl", "in.jsonl -Append")]
    [InlineData("folder/in.jsonl", "in.jsonl -Append")]
    [InlineData("in.jsonl", "hard.jsonl")]
    [InlineData("hard.jsonl", "in.jsonl -Append")]
    [InlineData("in.jsonl -RejectPath hard.jsonl", "out.jsonl")]
    [InlineData("in.jsonl -RejectPath in.jsonl", "out.jsonl")]
    [InlineData("in.jsonl -RejectPath link.jsonl", "out.jsonl")]
    [InlineData("link.jsonl -RejectPath in.jsonl", "out.jsonl")]
    [InlineData("in.jsonl, link.jsonl -RejectPath link.jsonl", "out.jsonl")]
    public void Reading_a_file_that_will_be_written_is_refused_and_the_file_is_unchanged(string input, string target)
    {
        bool links = input.Contains("link", StringComparison.Ordinal) || input.Contains("folder", StringComparison.Ordinal)
            || target.Contains("link", StringComparison.Ordinal);
        Assert.SkipWhen(OperatingSystem.IsWindows() && links, "Creating a symbolic link requires a privilege on Windows.");

        SessionResult result = Run(
            $"Import-CodeSnippet {input} -SkipInvalid | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding {target}");

        Assert.Equal("FileReadError", result.TerminatingId);
        Assert.Equal(_before, File.ReadAllText(_folder.File("in.jsonl")));
    }

    [Theory]
    [InlineData("-SkipInvalid -RejectPath out.jsonl", "")]
    [InlineData("-SkipInvalid", "-SkipFailed -RejectPath out.jsonl")]
    [InlineData("-SkipInvalid -RejectPath out.jsonl.partial", "")]
    [InlineData("-SkipInvalid -RejectPath ./out.jsonl.partial.json", "")]
    [InlineData("-SkipInvalid", "-SkipFailed -RejectPath out.jsonl.partial.json.new")]
    public void Rejected_records_are_not_written_to_the_target(string reading, string embedding)
    {
        File.WriteAllText(_folder.File("out.jsonl"), "before");

        SessionResult result = Run(
            $"Import-CodeSnippet in.jsonl {reading} | ConvertTo-CodeEmbedding -Model $Model {embedding} | "
            + "Export-CodeEmbedding out.jsonl");

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Equal("before", File.ReadAllText(_folder.File("out.jsonl")));
    }

    [Fact]
    public void Both_cmdlets_may_share_a_file_of_rejected_records_and_its_old_content_is_dropped()
    {
        File.WriteAllText(_folder.File("rejects.jsonl"), "of an earlier run\n");

        SessionResult result = Run(
            "Import-CodeSnippet in.jsonl -SkipInvalid -RejectPath rejects.jsonl | ForEach-Object { $_; if ($_.Id -eq '2') { 12 "
            + "} } "
            + "| ConvertTo-CodeEmbedding -Model $Model -SkipFailed -RejectPath rejects.jsonl -Verbose | Export-CodeEmbedding "
            + "out.jsonl");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(
            ["InvalidInputError", "ValidationError"],
            InputFiles.Column(_folder.File("rejects.jsonl"), "error").Select(error => error.GetString()!));
        Assert.Equal(
            ["InvalidInputError", "ValidationError"], result.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal(["1", "2"], InputFiles.Column(_folder.File("out.jsonl"), "id").Select(id => id.GetString()!));
    }

    [Fact]
    public void The_file_is_empty_if_nothing_is_rejected()
    {
        _folder.WriteRecords(2);
        File.WriteAllText(_folder.File("rejects.jsonl"), "of an earlier run\n");

        SessionResult result = Run("Import-CodeSnippet in.jsonl -SkipInvalid -RejectPath rejects.jsonl");

        Assert.Equal(2, result.Output.Count);
        Assert.Empty(File.ReadAllText(_folder.File("rejects.jsonl")));
    }

    [Theory]
    [InlineData("'in.jsonl', 'later.jsonl' | Import-CodeSnippet -SkipInvalid -RejectPath later.jsonl")]
    [InlineData(
        "'in.jsonl', 'later.jsonl' | Import-CodeSnippet -SkipInvalid -RejectPath later.jsonl | "
        + "ConvertTo-CodeEmbedding -Model $Model")]
    [InlineData(
        "5, 'later.jsonl' | % { if ($_ -is [int]) { $_ } else { Import-CodeSnippet $_ } } | ConvertTo-CodeEmbedding -Model "
        + "$Model -SkipFailed -RejectPath later.jsonl")]
    public void An_input_that_follows_rejected_records_keeps_its_content(string script)
    {
        string before = InputFiles.Record("later");
        File.WriteAllText(_folder.File("later.jsonl"), before);

        SessionResult result = Run(script);

        Assert.NotEmpty(result.Errors);
        Assert.Equal("FileReadError", result.TerminatingId);
        Assert.Equal(before, File.ReadAllText(_folder.File("later.jsonl")));
    }

    [Theory]
    [InlineData("'x' | ConvertTo-CodeEmbedding -Model ./model | Export-CodeEmbedding model/config.json -Force")]
    [InlineData(
        "'x' | ConvertTo-CodeEmbedding -Model ./model | Export-CodeEmbedding model/model.safetensors -Append -AllowMixed")]
    [InlineData("5, 'x' | ConvertTo-CodeEmbedding -Model ./model -SkipFailed -RejectPath model/config.json")]
    [InlineData(
        "Import-CodeSnippet in.jsonl -SkipInvalid -RejectPath model/tokenizer.json | ConvertTo-CodeEmbedding -Model ./model")]
    public void A_file_of_the_model_is_not_written(string script)
    {
        Directory.CreateDirectory(_folder.File("model"));
        foreach (string file in Directory.GetFiles(Repository.Fixture("tiny-roberta")))
            File.Copy(file, Path.Combine(_folder.File("model"), Path.GetFileName(file)));

        SessionResult result = Run(script);

        Assert.Equal("FileWriteError", result.TerminatingId);
        foreach (string file in Directory.GetFiles(Repository.Fixture("tiny-roberta")))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(_folder.File("model"), Path.GetFileName(file))));
    }

    private SessionResult Run(string script) => _session.Run(script, ("Model", Repository.Fixture("tiny-roberta")));
}
