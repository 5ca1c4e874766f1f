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
    public void A_model_that_does_not_begin_so_is_not_offered() =>
        Assert.DoesNotContain("codeembed-mini", Complete("ConvertTo-CodeEmbedding -Model x"));

    [Theory]
    [InlineData("py", "python")]
    [InlineData("'py", "python")]
    [InlineData("c#", "'c#'")]
    public void Languages_are_completed(string word, string expected) =>
        Assert.Equal([expected], Complete($"ConvertTo-CodeEmbedding -Language {word}"));

    private string[] Complete(string line)
    {
        using System.Management.Automation.PowerShell shell = _session.Start(string.Empty);
        shell.Commands.Clear();
        return [.. CommandCompletion.CompleteInput(line, line.Length, null, shell).CompletionMatches.Select(
            match => match.CompletionText)];
    }
}
