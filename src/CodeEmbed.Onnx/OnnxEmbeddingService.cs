using System.Diagnostics;
using CodeEmbed.Onnx.Loading;
using CodeEmbed.Onnx.Scheduling;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Telemetry;

namespace CodeEmbed.Onnx;

/// <summary>
///   Embeds snippets on ONNX Runtime: with the weights of a model of a known architecture, or with a model that was exported to
///   ONNX.
/// </summary>
/// <remarks>
///   <para>
///     The first batch loads the model. On the processor a run uses one thread, and there are as many simultaneous runs as
///     threads. If a large RoBERTa model runs there, short snippets share a run. There is no padding, and each snippet has
///     its own attention, so a vector depends only on its snippet. On a device with its own memory, snippets share a run in
///     which shorter ones are padded: the others in the run change a vector only by the order in which sums are computed.
///     Calls from several threads share the model.
///   </para>
///   <para>
///     The vector is the mean of the last hidden state over all tokens, including the special ones, scaled to length 1, unless
///     the model's files or the options say otherwise.
///   </para>
/// </remarks>
public sealed class OnnxEmbeddingService : IEmbeddingService
{
    /// <summary>The length of a short snippet in tokens.</summary>
    private const int ShortSnippet = 64;

    /// <summary>For how many runs of a device there are snippets, even if all are short.</summary>
    private const int RunsThatWait = 4;

    /// <summary>How many snippets a batch has at least, as an estimate.</summary>
    private const int SnippetsOfBatch = 12;

    private readonly EmbeddingServiceOptions _options;
    private readonly ExecutionProvider? _provider;
    private readonly int _batchesOnProcessor;
    private readonly SemaphoreSlim _loading = new(1);
    private volatile LoadedModel? _loaded;
    private bool _disposed;

    /// <summary>Creates a service. Its model is loaded when it is first used.</summary>
    /// <param name="options">Which model, and how to run it.</param>
    public OnnxEmbeddingService(EmbeddingServiceOptions options)
        : this(options, provider: null)
    {
    }

    /// <summary>Creates a service on a provider, whatever device the options ask for: for tests and experiments.</summary>
    /// <param name="options">Which model, and how to run it.</param>
    /// <param name="provider">The provider; <see langword="null"/> for that of the device.</param>
    internal OnnxEmbeddingService(EmbeddingServiceOptions options, ExecutionProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _provider = provider;
        _batchesOnProcessor = 2 * ThreadCount.For(options.Threads);
    }

    /// <inheritdoc/>
    public EmbeddingModel? Model => _loaded?.Description;

    /// <inheritdoc/>
    public int BatchesAtOnce => _loaded?.Description.MaxBatchTokens is { } tokens
        ? Math.Max(_batchesOnProcessor, (int)((long)RunsThatWait * tokens / (ShortSnippet * SnippetsOfBatch)))
        : _batchesOnProcessor;

    /// <inheritdoc/>
    public IReadOnlyList<string> TakeNotices() => _loaded?.TakeNotices() ?? [];

    /// <inheritdoc/>
    public async Task<EmbeddingModel> LoadAsync(CancellationToken cancellationToken = default) =>
        (await LoadModelAsync(cancellationToken).ConfigureAwait(false)).Description;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
        IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default) =>
        EmbedWithAsync(snippets, prompt: null, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
        IReadOnlyList<CodeSnippet> snippets, string prompt, CancellationToken cancellationToken = default) =>
        EmbedWithAsync(snippets, prompt, cancellationToken);

    /// <summary>Frees the model. No call may be running. Later calls are refused.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;

        ServiceTelemetry.HideQueue(this);
        _loaded?.Dispose();
        _loading.Dispose();
    }

    private async Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedWithAsync(
        IReadOnlyList<CodeSnippet> snippets, string? prompt, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
        using Activity? activity = ServiceTelemetry.StartBatch(snippets.Count);
        try
        {
            Outcome<CodeEmbedding>?[] outcomes = [.. snippets.Select(SnippetFailure.FindInvalid)];
            EmbeddingModel? model = outcomes.Contains(null)
                ? await EmbedValidAsync(snippets, outcomes, prompt, activity, cancellationToken).ConfigureAwait(false)
                : null;
            ServiceTelemetry.Count(activity, model, outcomes!);
            return outcomes!;
        }
        catch (Exception e)
        {
            ServiceTelemetry.Fail(activity, e);
            throw;
        }
    }

    /// <summary>Embeds the snippets that do not have an outcome yet.</summary>
    /// <returns>The model that embedded them.</returns>
    private async Task<EmbeddingModel> EmbedValidAsync(
        IReadOnlyList<CodeSnippet> snippets,
        Outcome<CodeEmbedding>?[] outcomes,
        string? prompt,
        Activity? activity,
        CancellationToken cancellationToken)
    {
        LoadedModel model = _loaded ?? await LoadModelAsync(cancellationToken).ConfigureAwait(false);
        ServiceTelemetry.Tell(activity, model.Description);
        long start = Stopwatch.GetTimestamp();
        try
        {
            if (prompt is not null)
                model = model.WithPrompt(prompt, cancellationToken);

            await model.EmbedAllAsync(snippets, outcomes, cancellationToken).ConfigureAwait(false);
            ServiceTelemetry.RecordDuration(model.Description, start);
            return model.Description;
        }
        catch (Exception e)
        {
            ServiceTelemetry.RecordDuration(model.Description, start, e);
            throw;
        }
    }

    private async Task<LoadedModel> LoadModelAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _loaded ??= await LoadOnceAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task<LoadedModel> LoadOnceAsync(CancellationToken cancellationToken)
    {
        using Activity? activity = ServiceTelemetry.StartLoading();
        try
        {
            LoadedModel model = await Task.Run(
                () => ModelLoader.Load(_options, _provider, cancellationToken), cancellationToken).ConfigureAwait(false);
            ServiceTelemetry.Tell(activity, model.Description);
            ServiceTelemetry.ShowQueue(this, model.Description.Name, () => model.Waiting);
            return model;
        }
        catch (Exception e)
        {
            ServiceTelemetry.Fail(activity, e);
            throw;
        }
    }
}
