using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The metrics and activities of a service. The names are documented in docs/csharp.md.</summary>
public sealed class TelemetryTests : IDisposable
{
    private const string Model = "telemetry-tests";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private readonly ConcurrentQueue<Measured> _measured = new();
    private readonly ConcurrentQueue<Activity> _activities = new();
    private readonly MeterListener _meter = new();
    private readonly ActivityListener _listener;
    private readonly Activity _parent;

    public TelemetryTests()
    {
        _meter.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "CodeEmbed")
                listener.EnableMeasurementEvents(instrument);
        };
        _meter.SetMeasurementEventCallback<long>(Record);
        _meter.SetMeasurementEventCallback<int>(Record);
        _meter.SetMeasurementEventCallback<double>(Record);
        _meter.Start();
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "CodeEmbed",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _activities.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);

        // Other tests embed at the same time; the activities below this one belong to this test.
        _parent = new Activity("test").Start();
    }

    public void Dispose()
    {
        _parent.Dispose();
        _listener.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task A_batch_is_counted_by_snippets_tokens_and_truncated_tokens()
    {
        using var service = new OnnxEmbeddingService(Options() with { MaxLength = 8 });
        CodeSnippet[] snippets = [Snippets.Of("a"), Snippets.Of(new string('x', 500)), Snippets.Of("a", id: string.Empty)];

        IReadOnlyList<Outcome<CodeEmbedding>> outcomes = await service.EmbedAsync(snippets, Stop);

        Assert.Equal(2, Sum("codeembed.snippets", error: null));
        Assert.Equal(1, Sum("codeembed.snippets", error: "ValidationError"));
        Assert.Equal(outcomes.Take(2).Sum(outcome => outcome.Value!.TokenCount), Sum("codeembed.tokens", error: null));
        Assert.Equal(1, Sum("codeembed.truncated_snippets", error: null));
        Measured duration = Assert.Single(
            _measured, measured => measured.Name == "codeembed.batch.duration" && measured.Is(Model));
        Assert.Equal("s", duration.Unit);
        Assert.InRange(duration.Value, 0, HangLimit.Value.TotalSeconds);
        Assert.Equal("{snippet}", _measured.First(measured => measured.Name == "codeembed.snippets").Unit);
        Assert.Equal("{token}", _measured.First(measured => measured.Name == "codeembed.tokens").Unit);
    }

    [Fact]
    public async Task A_batch_is_an_activity_and_loading_is_a_child_activity()
    {
        using var service = new OnnxEmbeddingService(Options());

        IReadOnlyList<Outcome<CodeEmbedding>> outcomes = await service.EmbedAsync([Snippets.Of("a"), Snippets.Of("b")], Stop);

        Activity batch = Assert.Single(Mine("codeembed.embed"));
        Assert.Equal(_parent.SpanId, batch.ParentSpanId);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["codeembed.batch.snippets"] = 2,
                ["codeembed.batch.tokens"] = (long)outcomes.Sum(outcome => outcome.Value!.TokenCount),
                ["codeembed.batch.truncated_snippets"] = 0L,
                ["codeembed.batch.rejected_snippets"] = 0L,
                ["codeembed.device"] = "Cpu",
                ["codeembed.model"] = Model,
                ["codeembed.precision"] = "Float32",
            },
            batch.TagObjects.ToDictionary());
        Assert.Equal(ActivityStatusCode.Unset, batch.Status);
        Activity load = Assert.Single(Mine("codeembed.load"));
        Assert.Equal(batch.SpanId, load.ParentSpanId);
    }

    [Fact]
    public async Task The_error_that_ends_a_batch_is_reported_only_by_its_type()
    {
        using var service = new OnnxEmbeddingService(new EmbeddingServiceOptions { Model = "no/such/model" });

        await Assert.ThrowsAsync<ModelLoadException>(() => service.EmbedAsync([Snippets.Of("a")], Stop));

        Activity batch = Assert.Single(Mine("codeembed.embed"));
        Assert.Equal(
            (ActivityStatusCode.Error, null, "CodeEmbed.ModelLoadException"),
            (batch.Status, batch.StatusDescription, batch.GetTagItem("error.type")));
    }

    [Fact]
    public async Task The_queue_is_observed_while_it_exists()
    {
        var service = new OnnxEmbeddingService(Options());
        await service.LoadAsync(Stop);

        _meter.RecordObservableInstruments();
        Assert.Equal(0, Assert.Single(Queues()).Value);

        // More than the number of threads of any machine, so that some wait while the first is embedded.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<IReadOnlyList<Outcome<CodeEmbedding>>> batch = service.EmbedAsync(
            [.. Enumerable.Range(0, 4_000).Select(i => Snippets.Of($"{i} {new string('x', 200)}"))], stop.Token);
        _measured.Clear();
        _meter.RecordObservableInstruments();
        Assert.InRange(Assert.Single(Queues()).Value, 1, 4_000);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => batch);
        Assert.Single(
            _measured,
            measured => measured.Name == "codeembed.batch.duration" && measured.Is(Model)
                && measured.Tags["error.type"] is "System.OperationCanceledException");

        service.Dispose();
        _measured.Clear();
        _meter.RecordObservableInstruments();
        Assert.Empty(Queues());
    }

    private static EmbeddingServiceOptions Options() => new()
    {
        Model = FixtureModels.Folder(FixtureModels.Tiny),
        ModelName = Model,
        Device = EmbeddingDevice.Cpu,
    };

    private IEnumerable<Activity> Mine(string name) =>
        _activities.Where(activity => activity.OperationName == name && activity.TraceId == _parent.TraceId);

    private IEnumerable<Measured> Queues() =>
        _measured.Where(measured => measured.Name == "codeembed.queue.size" && measured.Is(Model));

    private double Sum(string name, string? error) => _measured
        .Where(measured => measured.Name == name && measured.Is(Model))
        .Where(measured => (string?)measured.Tags.GetValueOrDefault("error.type") == error)
        .Sum(measured => measured.Value);

    private void Record<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
        where T : struct =>
        _measured.Enqueue(new Measured(
            instrument.Name,
            instrument.Unit,
            Convert.ToDouble(value, null),
            tags.ToArray().ToDictionary()));

    private sealed record Measured(string Name, string? Unit, double Value, Dictionary<string, object?> Tags)
    {
        public bool Is(string model) => (string?)Tags.GetValueOrDefault("codeembed.model") == model;
    }
}
