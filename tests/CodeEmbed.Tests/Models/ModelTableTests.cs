using CodeEmbed.Onnx;
using CodeEmbed.PowerShell.Models;
using Xunit;

namespace CodeEmbed.Tests.Models;

/// <summary>
///   The table of suggested models: one file, which completion reads and from which the documentation is generated.
/// </summary>
public sealed class ModelTableTests
{
    /// <summary>If set, the documentation is written, to be reviewed and committed.</summary>
    private const string WriteVariable = "CODEEMBED_WRITE_MODEL_TABLE";

    private static readonly string Page = Path.Combine(Repository.Docs, "models.md");

    [Fact]
    public void The_documentation_has_the_table_generated_from_the_file()
    {
        string page = File.ReadAllText(Page), made = $"{ModelTable.Begin}\n{ModelTable.Write(Read())}{ModelTable.End}";
        int begin = page.IndexOf(ModelTable.Begin, StringComparison.Ordinal);
        int end = page.IndexOf(ModelTable.End, StringComparison.Ordinal) + ModelTable.End.Length;
        Assert.InRange(begin, 0, end);
        if (Environment.GetEnvironmentVariable(WriteVariable) is { Length: > 0 })
            File.WriteAllText(Page, page = $"{page[..begin]}{made}{page[end..]}");

        Assert.True(
            page.Contains(made, StringComparison.Ordinal),
            $"The table in {Page} does not match KnownModels.json. Run this test once with {WriteVariable}=1 and review what "
            + "changed.");
    }

    [Fact]
    public void Every_model_of_the_table_is_of_a_type_that_runs() =>
        Assert.Subset(new OnnxModelInspector().ModelTypes.ToHashSet(), Read().Select(model => model.ModelType).ToHashSet());

    [Fact]
    public void No_model_is_listed_twice() => Assert.Equal(Read().Count, Read().Select(model => model.Name).Distinct().Count());

    [Fact]
    public void The_documentation_explains_how_each_model_was_checked() =>
        Assert.All(Read(), model => Assert.Contains(model.Check, new[] { KnownModel.Weights, KnownModel.Kind }));

    private static IReadOnlyList<KnownModel> Read()
    {
        using FileStream file = File.OpenRead(
            Path.Combine(Repository.Root, "src", "CodeEmbed.PowerShell", "Models", "KnownModels.json"));
        return KnownModels.Read(file);
    }
}
