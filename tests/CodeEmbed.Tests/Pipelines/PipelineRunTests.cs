using CodeEmbed.Jsonl;
using CodeEmbed.PowerShell.Runs;
using Xunit;

namespace CodeEmbed.Tests.Pipelines;

/// <summary>
///   Which cmdlets form one run: the cmdlets of one pipeline, even if functions wrap them, and none of another pipeline.
/// </summary>
public sealed class PipelineRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<PipelineRun> _runs = [];
    private readonly List<JsonlEmbeddingWriter> _writers = [];

    public void Dispose()
    {
        foreach (PipelineRun run in _runs)
            run.Whole.Leave();

        foreach (JsonlEmbeddingWriter writer in _writers)
            writer.DisposeAsync().AsTask().GetAwaiter().GetResult();

        _folder.Dispose();
    }

    [Fact]
    public void The_cmdlets_of_a_pipeline_are_one_run()
    {
        PipelineRun import = Join(3, 1, "import"), convert = Join(3, 2, "convert", embeds: true), export = Join(3, 3, "export");

        Assert.Same(import, convert);
        Assert.Same(import, export);
        Assert.Equal("convert", import.Embedder);
    }

    [Fact]
    public void A_cmdlet_right_after_another_follows_it()
    {
        PipelineRun run = Join(3, 1, "import");
        Join(3, 2, "convert", embeds: true);
        Join(3, 3, "export");

        Assert.Equal((false, true, true), (run.IsFollower("import"), run.IsFollower("convert"), run.IsFollower("export")));
        Assert.Equal((true, true, false), (run.IsFollowed("import"), run.IsFollowed("convert"), run.IsFollowed("export")));
    }

    [Fact]
    public void A_cmdlet_after_another_command_follows_none()
    {
        PipelineRun run = Join(4, 1, "import");
        Join(4, 3, "convert", embeds: true);

        Assert.False(run.IsFollower("convert"));
        Assert.False(run.IsFollowed("import"));
    }

    [Fact]
    public void A_pipeline_that_starts_after_the_first_record_is_another_run()
    {
        PipelineRun outer = Join(2, 1, "import");
        outer.Start();

        Assert.NotSame(outer, Join(2, 2, "export"));
    }

    [Fact]
    public void A_whole_pipeline_in_a_begin_block_is_another_run()
    {
        PipelineRun outer = Join(3, 1, "import");
        PipelineRun inner = Join(2, 1, "inner import");
        Join(2, 2, "inner export");
        inner.Start();

        Assert.NotSame(outer.Whole, inner.Whole);
        Leave(2);
        Assert.Same(outer, Join(3, 3, "export"));
    }

    [Fact]
    public void A_single_cmdlet_in_a_begin_block_is_another_run()
    {
        PipelineRun outer = Join(3, 1, "import");
        PipelineRun inner = Join(1, 1, "convert", embeds: true);
        inner.Start();

        Assert.NotSame(outer.Whole, inner.Whole);
        Leave(1);
        Assert.Same(outer, Join(3, 3, "export"));
    }

    // A proxy's cmdlet is the first in its pipeline. The others see each other only if they are adjacent.
    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, false, true)]
    [InlineData(true, true, true)]
    public void Cmdlets_wrapped_by_functions_join_the_run_at_the_first_record(bool import, bool convert, bool export)
    {
        PipelineRun reading = import ? Join(1, 1, "import") : Join(3, 1, "import");
        PipelineRun embedding = convert ? Join(1, 1, "convert", embeds: true) : Join(3, 2, "convert", embeds: true);
        PipelineRun writing = export ? Join(1, 1, "export") : Join(3, 3, "export");
        JsonlEmbeddingWriter writer = Open("out.jsonl");
        writing.Outputs.Add(writer);

        reading.Whole.Start();

        PipelineRun run = reading.Whole;
        Assert.Same(run, embedding.Whole);
        Assert.Same(run, writing.Whole);
        Assert.Equal("convert", run.Embedder);
        Assert.Equal([writer], run.Outputs);
        run.CountRead("import");
        run.CountRead("convert");
        run.CountRejected();
        run.CountWritten(writer);
        run.CountWritten("convert");
        Assert.Equal((1L, 1L, 1L), (run.Counts.Read, run.Counts.Written, run.Counts.Rejected));
        Assert.Empty(PipelineRun.NamePartialFiles());
        Assert.True(run.HasNamedPartialFiles);
    }

    [Fact]
    public async Task A_pipeline_on_another_thread_is_another_run()
    {
        PipelineRun outer = Join(2, 1, "import");
        PipelineRun? other = null;
        var thread = new Thread(() => other = PipelineRun.Join(2, 2, "export"));
        thread.Start();
        await Task.Run(thread.Join, TestContext.Current.CancellationToken);

        Assert.NotSame(outer, other);
        other!.Leave();
    }

    [Fact]
    public void The_first_output_has_the_counts_and_a_second_one_has_none()
    {
        PipelineRun run = Join(4, 1, "import");
        JsonlEmbeddingWriter first = Open("1.jsonl"), second = Open("2.jsonl");
        run.Outputs.AddRange([first, second]);
        run.Start();

        run.CountWritten(first);
        run.CountWritten(second);

        Assert.Equal(1, run.Counts.Written);
    }

    private PipelineRun Join(int length, int position, string member, bool embeds = false)
    {
        PipelineRun run = PipelineRun.Join(length, position, member, embeds);
        _runs.Add(run);
        return run;
    }

    /// <summary>Ends the cmdlets that started last.</summary>
    private void Leave(int count)
    {
        for (; count > 0; count--)
        {
            _runs[^1].Whole.Leave();
            _runs.RemoveAt(_runs.Count - 1);
        }
    }

    private JsonlEmbeddingWriter Open(string name)
    {
        var writer = new JsonlEmbeddingWriter(_folder.File(name));
        _writers.Add(writer);
        return writer;
    }
}
