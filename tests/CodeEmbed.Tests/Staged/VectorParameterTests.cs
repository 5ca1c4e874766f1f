using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The parameters of ConvertTo-CodeEmbedding that determine the vector of a snippet.</summary>
public sealed class VectorParameterTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("", 64)]
    [InlineData("-Pooling Mean, Max", 128)]
    [InlineData("-Pooling cls,lasttoken,MeanSqrtLength", 192)]
    [InlineData("-Dimensions 16", 16)]
    [InlineData("-Pooling Mean, Max -Dimensions 100", 100)]
    public void Vectors_have_the_requested_length(string arguments, int length) =>
        Assert.Equal(length, Embed(arguments).Vector.Length);

    [Fact]
    public void A_prompt_counts_as_part_of_the_snippet() =>
        Assert.True(Embed("-Prompt 'query: '").TokenCount > Embed("").TokenCount);

    [Theory]
    [InlineData("-PromptName query", "-PromptName 'query' is not a prompt of this model, which has none")]
    [InlineData("-PromptName a -Prompt b", "-PromptName 'a' cannot be given together")]
    [InlineData("-Dimensions 65", "-Dimensions '65' is outside the range of this model: 1 to 64")]
    [InlineData("-MaxLength 600", "-MaxLength '600' is outside the range of this model: 3 to 512 tokens")]
    [InlineData("-MaxLength 0", "-MaxLength '0' is outside the range of this model: 3 to 512 tokens")]
    [InlineData("-Precision Int8 -Device Cuda", "-Precision 'Int8' runs on the processor")]
    public void An_unsupported_value_is_an_error(string arguments, string problem)
    {
        SessionResult result = Run(arguments);

        Assert.Equal("ParameterError", result.TerminatingId);
        Assert.Contains(problem, result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_part_of_the_model_takes_effect_at_once()
    {
        using var folder = new TemporaryFolder();
        string model = folder.CopyFolder(Repository.Fixture("tiny-roberta"), "model");
        File.WriteAllText(
            Path.Combine(model, "modules.json"),
            """[{"idx":0,"path":"","type":"x.Transformer"},{"idx":1,"path":"1_Pooling","type":"x.Pooling"}]""");
        string config = Path.Combine(Directory.CreateDirectory(Path.Combine(model, "1_Pooling")).FullName, "config.json");

        SessionResult result = _session.Run(
            """
            foreach ($pooling in 'cls', 'lasttoken')
            {
                [System.IO.File]::WriteAllText($Config, "{""pooling_mode"":""$pooling""}")
                'x = 1' | ConvertTo-CodeEmbedding -Model $Model
            }
            """,
            ("Model", model), ("Config", config));

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(2, result.Output.Select(embedding => ((CodeEmbedding)embedding.BaseObject).Fingerprint).Distinct().Count());
    }

    private CodeEmbedding Embed(string arguments) => (CodeEmbedding)Run(arguments).Output.Single().BaseObject;

    private SessionResult Run(string arguments) =>
        _session.Run(
            $"'x = 1' | ConvertTo-CodeEmbedding -Model $Model {arguments}", ("Model", Repository.Fixture("tiny-roberta")));
}
