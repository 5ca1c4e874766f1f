using CodeEmbed.Onnx.Loading;
using CodeEmbed.Onnx.Scheduling;
using CodeEmbed.Onnx.Sessions;

namespace CodeEmbed.Onnx;

/// <summary>
///   Embeds snippets on ONNX Runtime: from the weights of a model whose architecture is known, or with a model that was exported
///   to ONNX.
/// </summary>
/// <remarks>
///   <para>
///     The first batch loads the model. A run has one thread, and as many runs go on at once as there are threads. Where a large
///     RoBERTa model runs on the processor, short snippets share a run. There is no padding, and each snippet has its own
///     attention, so that a vector depends on nothing but its snippet. Calls from several threads share the model.
///   </para>
///   <para>
///     The vector is the mean of the last hidden state over all tokens, the special ones included, scaled to length 1, unless
///     the model's files or the options say otherwise.
///   </para>
/// </remarks>
/// <param name="options">Which model, and how to run it.</param>
public sealed class OnnxEmbeddingService(EmbeddingServiceOptions options) : IEmbeddingService
{
    private readonly SemaphoreSlim _loading = new(1);
    private volatile LoadedModel? _loaded;

    /// <inheritdoc/>
    public EmbeddingModel? Model => _loaded?.Description;

    /// <inheritdoc/>
    public int BatchesAtOnce { get; } = 2 * ThreadCount.For(options.Threads);

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

    /// <summary>Frees the model. No call may be running.</summary>
    public void Dispose()
    {
        _loaded?.Dispose();
        _loading.Dispose();
    }

    private async Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedWithAsync(
        IReadOnlyList<CodeSnippet> snippets, string? prompt, CancellationToken cancellationToken)
    {
        Outcome<CodeEmbedding>?[] outcomes = [.. snippets.Select(SnippetFailure.FindInvalid)];
        if (outcomes.Contains(null))
        {
            LoadedModel model = _loaded ?? await LoadModelAsync(cancellationToken).ConfigureAwait(false);
            if (prompt is not null)
                model = model.WithPrompt(prompt, cancellationToken);

            await model.EmbedAllAsync(snippets, outcomes, cancellationToken).ConfigureAwait(false);
        }

        return outcomes!;
    }

    private async Task<LoadedModel> LoadModelAsync(CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _loaded ??= await Task.Run(
                () => ModelLoader.Load(options, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _loading.Release();
        }
    }
}
