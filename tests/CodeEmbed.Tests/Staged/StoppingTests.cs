using System.Diagnostics;
using System.Management.Automation;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>A pipeline that is stopped while it runs.</summary>
public sealed class StoppingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session = new();

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_stopped_pipeline_ends_quickly_and_leaves_whole_lines_next_to_the_unchanged_target()
    {
        string target = _folder.File("out.jsonl");
        string partial = target + ".partial";
        await File.WriteAllTextAsync(target, "before", TestContext.Current.CancellationToken);
        using System.Management.Automation.PowerShell shell = _session.Start(
            """
            $number = 0
            & {
                while ($true) {
                    $number++
                    [CodeEmbed.CodeSnippet]@{ Id = "$number"; FilePath = ''; Language = ''; Content = 'x = 1' }
                }
            } |
                ConvertTo-CodeEmbedding -Model $Model -BatchSize 4 | Export-CodeEmbedding $Out
            """,
            ("Model", Repository.Fixture("tiny-roberta")), ("Out", target));
        IAsyncResult run = shell.BeginInvoke();
        while (!File.Exists(partial) || new FileInfo(partial).Length == 0)
            await Task.Delay(10, TestContext.Current.CancellationToken);

        long stopped = Stopwatch.GetTimestamp();
        shell.Stop();
        TimeSpan took = Stopwatch.GetElapsedTime(stopped);

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(run));
        Promptness.Check(took, TimeSpan.FromSeconds(1));
        Assert.Equal("before", await File.ReadAllTextAsync(target, TestContext.Current.CancellationToken));
        string[] ids = [.. InputFiles.Column(partial, "id").Select(id => id.GetString()!)];
        Assert.Equal(Enumerable.Range(1, ids.Length).Select(number => $"{number}"), ids);
    }

    [Fact]
    public void A_consumer_that_has_enough_ends_the_pipeline_and_the_next_one_works()
    {
        // Stops the pipeline from inside as Select-Object -First does, which this engine does not have.
        const string script = """
            :whole foreach ($once in 1) {
                & { while ($true) { [CodeEmbed.CodeSnippet]@{ Id = 'a'; FilePath = ''; Language = ''; Content = 'x = 1' } } } |
                    ConvertTo-CodeEmbedding -Model $Model -BatchSize 1 | ForEach-Object { $_; break whole }
            }
            """;

        SessionResult first = _session.Run(script, ("Model", Repository.Fixture("tiny-roberta")));
        SessionResult second = _session.Run(script, ("Model", Repository.Fixture("tiny-roberta")));

        Assert.Single(first.Output);
        Assert.Equal(((CodeEmbedding)first.Output[0].BaseObject).Vector, ((CodeEmbedding)second.Output[0].BaseObject).Vector);
    }
}
