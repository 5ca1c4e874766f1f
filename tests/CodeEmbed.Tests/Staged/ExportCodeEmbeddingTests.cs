using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Export-CodeEmbedding: when it writes, and what it passes on.</summary>
public sealed class ExportCodeEmbeddingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public ExportCodeEmbeddingTests()
    {
        _folder.WriteRecords(3);
        _session = new ModuleSession(_folder.Path);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_literal_path_is_taken_as_it_is()
    {
        SessionResult result = Export("-LiteralPath 'out[1].jsonl'");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(3, File.ReadLines(_folder.File("out[1].jsonl")).Count());
    }

    [Fact]
    public void Embeddings_are_passed_on_on_demand()
    {
        SessionResult result = Export("out.jsonl -PassThru");

        Assert.Equal(["1", "2", "3"], result.Output.Select(embedding => ((CodeEmbedding)embedding.BaseObject).Snippet.Id));
        Assert.Equal(3, File.ReadLines(_folder.File("out.jsonl")).Count());
    }

    [Fact]
    public void Nothing_is_passed_on_by_itself() => Assert.Empty(Export("out.jsonl").Output);

    [Fact]
    public void A_file_that_is_there_stays_where_it_must_not_be_clobbered()
    {
        File.WriteAllText(_folder.File("out.jsonl"), "before");

        SessionResult result = Export("out.jsonl -NoClobber");

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains("-NoClobber", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal("before", File.ReadAllText(_folder.File("out.jsonl")));
        Assert.False(File.Exists(_folder.File("out.jsonl.partial")));
    }

    [Fact]
    public void A_new_file_is_written_where_nothing_can_be_clobbered()
    {
        SessionResult result = Export("out.jsonl -NoClobber");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(3, File.ReadLines(_folder.File("out.jsonl")).Count());
    }

    [Fact]
    public void What_if_touches_nothing()
    {
        File.WriteAllText(_folder.File("out.jsonl"), "before");

        SessionResult result = Export("out.jsonl -PassThru -WhatIf");

        Assert.Null(result.TerminatingMessage);
        Assert.Empty(result.Output);
        Assert.Equal("before", File.ReadAllText(_folder.File("out.jsonl")));
        Assert.False(File.Exists(_folder.File("out.jsonl.partial")));
    }

    private SessionResult Export(string arguments) => _session.Run(
        $"Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding {arguments}", ("Model", Repository.Fixture("tiny-roberta")));
}
