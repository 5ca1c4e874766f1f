using System.Management.Automation;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>What the Tab key gives.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Devices_are_completed() =>
        Assert.Equal(["Auto", "CoreML", "Cpu", "Cuda"], Complete("ConvertTo-CodeEmbedding -Device ").Order());

    /// <summary>Folders are completed too, by what this engine lacks: see the Pester tests.</summary>
    [Fact]
    public void Models_are_those_that_come_with_the_module() =>
        Assert.Equal(["codeembed-mini"], Complete("ConvertTo-CodeEmbedding -Model codeem"));

    [Fact]
    public void Models_of_the_table_are_offered_too() =>
        Assert.Equal(["BAAI/bge-m3"], Complete("ConvertTo-CodeEmbedding -Model baai/bge-m"));

    [Fact]
    public void Models_that_can_be_fetched_are_those_of_the_table_and_not_what_comes_with_the_module()
    {
        string[] names = Complete("Save-CodeEmbeddingModel ");

        Assert.Contains("microsoft/codebert-base", names);
        Assert.Contains("flax-sentence-embeddings/st-codesearch-distilroberta-base", names);
        Assert.DoesNotContain("codeembed-mini", names);
    }

    [Theory]
    [InlineData("microsoft/codebert-base", "not trained for retrieval")]
    [InlineData("microsoft/codebert-base", "768 dimensions (not verified)")]
    [InlineData("Snowflake/snowflake-arctic-embed-l", "'Represent this sentence for searching relevant passages: ' before")]
    [InlineData("codeembed-mini", "on this machine: ")]
    public void What_is_known_of_a_model_is_beside_its_name(string model, string text) => Assert.Contains(
        text,
        Matches($"ConvertTo-CodeEmbedding -Model {model}").First(match => match.ListItemText == model).ToolTip,
        StringComparison.Ordinal);

    [Fact]
    public void A_model_that_does_not_begin_so_is_not_offered() =>
        Assert.DoesNotContain("codeembed-mini", Complete("ConvertTo-CodeEmbedding -Model x"));

    [Theory]
    [InlineData("py", "python")]
    [InlineData("'py", "python")]
    [InlineData("c#", "'c#'")]
    public void Languages_are_completed(string word, string expected) =>
        Assert.Equal([expected], Complete($"ConvertTo-CodeEmbedding -Language {word}"));

    private string[] Complete(string line) => [.. Matches(line).Select(match => match.CompletionText)];

    private CompletionResult[] Matches(string line)
    {
        using System.Management.Automation.PowerShell shell = _session.Start(string.Empty);
        shell.Commands.Clear();
        return [.. CommandCompletion.CompleteInput(line, line.Length, null, shell).CompletionMatches];
    }
}
