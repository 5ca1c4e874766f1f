using System.Management.Automation;
using CodeEmbed.Tests.Hub;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Models of further architectures that were fetched from the Hub, as a user sees them listed.</summary>
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

    /// <summary>The sizes are those of the config.json and sentence_bert_config.json of each model.</summary>
    [Theory]
    [InlineData("bert with tokenizer.json", "bert", 32, 128)]
    [InlineData("xlm-roberta with tokenizer.json", "xlm-roberta", 48, 128)]
    [InlineData("bert in 0_Transformer with vocab.txt", "bert", 32, 128)]
    public void A_model_that_was_fetched_is_listed_as_whole_and_embeds(
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
