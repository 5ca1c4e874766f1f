using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace CodeEmbed.Onnx.Telemetry;

/// <summary>
///   The telemetry of a program's services: a <see cref="Meter"/> and an <see cref="ActivitySource"/>, both named CodeEmbed. They
///   never contain the text of a snippet or a path.
/// </summary>
internal static class ServiceTelemetry
{
    /// <summary>The name of both.</summary>
    public const string Name = "CodeEmbed";

    // These names are documented in docs/csharp.md, because programs use them to collect data.
    private const string ModelTag = "codeembed.model", ErrorTag = "error.type";

    private static readonly string? Version = typeof(ServiceTelemetry).Assembly.GetName().Version?.ToString(3);
    private static readonly ActivitySource Source = new(Name, Version);
    private static readonly Meter Meter = new(Name, Version);
    private static readonly ConcurrentDictionary<object, Queue> Queues = new();

    private static readonly Counter<long> Snippets = Meter.CreateCounter<long>(
        "codeembed.snippets", "{snippet}", "Snippets that have an outcome: a vector, or an error with its type.");

    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>(
        "codeembed.tokens", "{token}", "Tokens that the model saw, including the special ones.");

    private static readonly Counter<long> Truncated = Meter.CreateCounter<long>(
        "codeembed.truncated_snippets", "{snippet}", "Snippets that were cut, because they are longer than the model sees.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "codeembed.batch.duration",
        "s",
        "How long a batch took, without loading the model.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100],
        });

    /// <summary>Creates the instrument for the queues. It is in a constructor because nothing else refers to it.</summary>
    static ServiceTelemetry() => Meter.CreateObservableUpDownCounter(
        "codeembed.queue.size", ObserveQueues, "{snippet}", "Snippets that wait for a thread.");

    /// <summary>Begins the activity of a batch.</summary>
    /// <param name="count">How many snippets it has.</param>
    /// <returns>The activity; <see langword="null"/> if there is no listener.</returns>
    public static Activity? StartBatch(int count) =>
        Source.StartActivity("codeembed.embed")?.SetTag("codeembed.batch.snippets", count);

    /// <summary>Begins the activity of the loading of a model.</summary>
    /// <returns>The activity; <see langword="null"/> if there is no listener.</returns>
    public static Activity? StartLoading() => Source.StartActivity("codeembed.load");

    /// <summary>Adds the model to an activity.</summary>
    public static void Tell(Activity? activity, EmbeddingModel model) => activity?
        .SetTag(ModelTag, model.Name)
        .SetTag("codeembed.device", $"{model.Device}")
        .SetTag("codeembed.precision", $"{model.Precision}");

    /// <summary>Adds the failure to an activity, without the message, which may contain a path.</summary>
    public static void Fail(Activity? activity, Exception failure) => activity?
        .SetTag(ErrorTag, failure.GetType().FullName)
        .SetStatus(ActivityStatusCode.Error);

    /// <summary>Records how long a batch took.</summary>
    /// <param name="model">The model.</param>
    /// <param name="start">When it began: a value of <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <param name="failure">The error that ended it; <see langword="null"/> if it succeeded.</param>
    public static void RecordDuration(EmbeddingModel model, long start, Exception? failure = null)
    {
        if (!Duration.Enabled)
            return;

        var tags = new TagList { { ModelTag, model.Name } };
        if (failure is not null)
            tags.Add(ErrorTag, failure.GetType().FullName);

        Duration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tags);
    }

    /// <summary>Counts the outcomes of a batch.</summary>
    /// <param name="activity">Its activity; <see langword="null"/> if nobody listens.</param>
    /// <param name="model">The model; <see langword="null"/> if none was needed because every snippet was rejected.</param>
    /// <param name="outcomes">The outcome of each snippet.</param>
    public static void Count(Activity? activity, EmbeddingModel? model, IReadOnlyList<Outcome<CodeEmbedding>> outcomes)
    {
        if (activity is null && !Snippets.Enabled && !Tokens.Enabled && !Truncated.Enabled)
            return;

        long embedded = 0, tokens = 0, truncated = 0;
        var rejected = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (Outcome<CodeEmbedding> outcome in outcomes)
        {
            if (outcome.IsRejected)
            {
                string error = outcome.Rejected.Reason.ErrorId;
                rejected[error] = rejected.GetValueOrDefault(error) + 1;
                continue;
            }

            embedded++;
            tokens += outcome.Value.TokenCount;
            truncated += outcome.Value.TruncatedTokens > 0 ? 1 : 0;
        }

        activity?
            .SetTag("codeembed.batch.tokens", tokens)
            .SetTag("codeembed.batch.truncated_snippets", truncated)
            .SetTag("codeembed.batch.rejected_snippets", outcomes.Count - embedded);
        var tags = default(TagList);
        if (model is not null)
            tags.Add(ModelTag, model.Name);

        Add(Snippets, embedded, tags);
        Add(Tokens, tokens, tags);
        Add(Truncated, truncated, tags);
        foreach ((string error, long count) in rejected)
            Add(Snippets, count, [.. tags, new(ErrorTag, error)]);
    }

    /// <summary>Starts to report a queue.</summary>
    /// <param name="service">The queue's service.</param>
    /// <param name="model">The name of its model.</param>
    /// <param name="length">Returns how many snippets wait in it; called on any thread.</param>
    public static void ShowQueue(object service, string model, Func<int> length) =>
        Queues[service] = new Queue(model, length);

    /// <summary>Stops reporting a service's queue.</summary>
    public static void HideQueue(object service) => Queues.TryRemove(service, out _);

    private static void Add(Counter<long> counter, long count, in TagList tags)
    {
        if (count > 0)
            counter.Add(count, tags);
    }

    private static IEnumerable<Measurement<int>> ObserveQueues() =>
        from queue in Queues.Values
        group queue.Length() by queue.Model into lengths
        select new Measurement<int>(lengths.Sum(), new KeyValuePair<string, object?>(ModelTag, lengths.Key));

    private sealed record Queue(string Model, Func<int> Length);
}
