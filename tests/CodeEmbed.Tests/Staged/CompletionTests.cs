using System.Management.Automation;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The completions that the Tab key offers.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Devices_are_completed() =>
        Assert.Equal(["Auto", "CoreML", "Cpu", "Cuda"], Complete("ConvertTo-CodeEmbedding -Device ").Order());

    /// <summary>Folders are also completed, by code that this engine lacks: see the Pester tests.</summary>
    [Fact]
    public void Models_that_come_with_the_module_are_offered() =>
        Assert.Equal(["codeembed-mini"], Complete("ConvertTo-CodeEmbedding -Model codeem"));

    [Fact]
    public void Models_in_the_table_are_offered_too() =>
        Assert.Equal(["BAAI/bge-m3"], Complete("ConvertTo-CodeEmbedding -Model baai/bge-m"));

    [Fact]
    public void Models_to_download_are_those_in_the_table_and_not_those_that_come_with_the_module()
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
    public void The_description_of_a_model_is_next_to_its_name(string model, string text) => Assert.Contains(
        text,
        Matches($"ConvertTo-CodeEmbedding -Model {model}").First(match => match.ListItemText == model).ToolTip,
        StringComparison.Ordinal);

    [Fact]
    public void A_model_that_does_not_start_with_the_typed_text_is_not_offered() =>
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
