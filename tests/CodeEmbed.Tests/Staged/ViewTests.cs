using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The output that a user sees at the prompt.</summary>
public sealed class ViewTests
{
    [Fact]
    public async Task Embeddings_are_a_table_without_their_numbers()
    {
        var result = await HostProcess.RunAsync(
            "Import-CodeSnippet samples/snippets.jsonl | ConvertTo-CodeEmbedding -Model codeembed-mini | Out-String -Width 120");

        string[] lines = result.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["Id", "Language", "FilePath", "Tokens", "Dimensions", "Model"],
            lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(File.ReadLines(Repository.SampleInput).Count(), lines.Length - 2);
        Assert.All(lines.Skip(2), line => Assert.Contains(" 256 codeembed", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Batches_are_a_table()
    {
        var result = await HostProcess.RunAsync(
            "Import-CodeSnippet samples/snippets.jsonl | ConvertTo-CodeEmbedding -Model codeembed-mini -BatchSize 40 "
            + "-InformationVariable batches | Out-Null; $batches.MessageData");

        string[] lines = result.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["Batch", "Snippets", "Tokens", "Seconds"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches(@"^ +1 +40 +\d+ +\d+\.\d{3}$", lines[2]);
        Assert.Matches(@"^ +2 +4 +\d+ +\d+\.\d{3}$", lines[3]);
    }

    [Fact]
    public async Task Snippets_are_a_table_without_their_code()
    {
        var result = await HostProcess.RunAsync("Import-CodeSnippet samples/snippets.jsonl | Out-String -Width 120");

        string[] lines = result.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["Id", "Language", "FilePath", "Characters"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(File.ReadLines(Repository.SampleInput).Count(), lines.Length - 2);
    }
}
