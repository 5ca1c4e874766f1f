using System.Diagnostics;
using System.Management.Automation;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>With a model of CodeBERT's size, a pipeline ends within a second, whatever it is doing.</summary>
[Collection(Alone.Name)]
public sealed class LargeModelStoppingTests : IDisposable
{
    /// <summary>An endless sequence of snippets with as many tokens as the model can see.</summary>
    private const string Snippets =
        "& { while ($true) { [CodeEmbed.CodeSnippet]@{ Id = 'a'; FilePath = ''; Language = ''; Content = ' x' * 600 } } }";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session = new();
    private readonly string _model;

    public LargeModelStoppingTests() => _model = LargeModel.Write(_folder);

    public void Dispose()
    {
        // Before the folder, because the loaded model still uses it.
        _session.Run("Remove-Module CodeEmbed");
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("F32", 0)]
    [InlineData("F32", 100)]
    [InlineData("F32", 300)]
    [InlineData("F32", 600)]
    [InlineData("F16", 200)]
    [InlineData("F16", 400)]
    public async Task Stopping_while_the_model_loads_takes_less_than_a_second(string type, int milliseconds)
    {
        string model = type == "F32" ? _model : LargeModel.Write(_folder, type);
        using System.Management.Automation.PowerShell shell = _session.Start(
            $"{Snippets} | ConvertTo-CodeEmbedding -Model $Model -BatchSize 1", ("Model", model));
        IAsyncResult run = shell.BeginInvoke();
        await Task.Delay(milliseconds, TestContext.Current.CancellationToken);

        Promptness.Check(Stop(shell, run), Second);
    }

    [Fact]
    public async Task Stopping_while_embedding_takes_less_than_a_second()
    {
        var output = new PSDataCollection<PSObject>();
        using System.Management.Automation.PowerShell shell = _session.Start(
            $"{Snippets} | ConvertTo-CodeEmbedding -Model $Model -BatchSize 16", ("Model", _model));
        IAsyncResult run = shell.BeginInvoke<PSObject, PSObject>(null, output);
        while (output.Count == 0)
            await Task.Delay(10, TestContext.Current.CancellationToken);

        Promptness.Check(Stop(shell, run), Second);
    }

    [Fact]
    public void A_consumer_that_has_enough_ends_the_pipeline_in_less_than_a_second()
    {
        // Stops the pipeline from inside as Select-Object -First does, which this engine does not have.
        SessionResult result = _session.Run(
            $$"""
            :whole foreach ($once in 1) {
                {{Snippets}} | ConvertTo-CodeEmbedding -Model $Model -BatchSize 1 |
                    ForEach-Object { $watch = [Diagnostics.Stopwatch]::StartNew(); break whole }
            }
            $watch.Elapsed
            """,
            ("Model", _model));

        Promptness.Check((TimeSpan)result.Output.Single().BaseObject, Second);
    }

    private static TimeSpan Stop(System.Management.Automation.PowerShell shell, IAsyncResult run)
    {
        var watch = Stopwatch.StartNew();
        shell.Stop();
        TimeSpan took = watch.Elapsed;
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(run));
        return took;
    }
}
