using System.Management.Automation;
using CodeEmbed.Tests.Hub;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Models with other architectures, fetched from the Hub and listed as a user sees them.</summary>
[Collection(Alone.Name)]
public sealed class FetchedModelListTests : IDisposable
{
    private readonly HubEnvironment _hub = new();
    private readonly ModuleSession _session = new();

    public void Dispose()
    {
        _session.Run("Remove-Module CodeEmbed");
        _session.Dispose();
        _hub.Dispose();
    }

    /// <summary>The sizes come from the config.json and sentence_bert_config.json of each model.</summary>
    [Theory]
    [InlineData("bert with tokenizer.json", "bert", 32, 128)]
    [InlineData("xlm-roberta with tokenizer.json", "xlm-roberta", 48, 128)]
    [InlineData("bert in 0_Transformer with vocab.txt", "bert", 32, 128)]
    public void A_fetched_model_is_listed_as_complete_and_embeds(
        string repository, string architecture, int dimensions, int maxLength)
    {
        _hub.Hub.Repositories["owner/name"] = FixtureRepository.All[repository].Make();

        SessionResult result = _session.Run(
            "'x = 1' | ConvertTo-CodeEmbedding -Model owner/name; Get-CodeEmbeddingModel owner/name");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(2, result.Output.Count);
        Assert.Equal(dimensions, Assert.IsType<CodeEmbedding>(result.Output[0].BaseObject).Vector.Length);
        PSObject model = result.Output[1];
        Assert.Equal(
            (architecture, dimensions, maxLength, true),
            (Value("Architecture"), Value("Dimensions"), Value("MaxLength"), Value("IsComplete")));
        Assert.Equal(
            FixtureRepository.All[repository].Needed,
            ((IEnumerable<string>)Value("Files")).Order(StringComparer.Ordinal));

        object Value(string name) => model.Properties[name].Value;
    }
}
