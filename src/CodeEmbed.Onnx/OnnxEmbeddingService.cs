using CodeEmbed.Errors;
using CodeEmbed.Onnx.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx;

/// <summary>Embeds snippets on ONNX Runtime: with a RoBERTa model from its weights, or with a model that was exported to ONNX.</summary>
/// <remarks>
///   <para>
///     The first batch loads the model. A run has one thread, and as many runs go on at once as there are threads. Where a large
///     RoBERTa model runs on the processor, short snippets share a run. There is no padding, and each snippet has its own attention, so that a vector
///     depends on nothing but its snippet. Calls from several threads share the
///     model.
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
    public EmbeddingModel Load(CancellationToken cancellationToken = default) => LoadAsync(cancellationToken).GetAwaiter().GetResult().Description;

    /// <inheritdoc/>
    public IReadOnlyList<CodeEmbedding> EmbedBatch(IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default) =>
        EmbedBatchAsync(snippets, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CodeEmbedding>> EmbedBatchAsync(IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default)
    {
        foreach (CodeSnippet snippet in snippets)
            SnippetValidator.Validate(snippet);

        LoadedModel model = _loaded ?? await LoadAsync(cancellationToken).ConfigureAwait(false);
        return await model.EmbedAllAsync(snippets, Describe, cancellationToken).ConfigureAwait(false);

        EmbeddingException Describe(CodeSnippet snippet, Exception failure) =>
            new(OnnxEmbeddingService.Describe(snippet.Id, failure), [.. snippets.Select(snippet => snippet.Id)], innerException: failure);
    }

    /// <summary>Frees the model. No call may be running.</summary>
    public void Dispose()
    {
        _loaded?.Dispose();
        _loading.Dispose();
    }

    private static string Describe(string id, Exception failure) => failure switch
    {
        NotFiniteNumberException => $"the vector of {MessageText.Quote(id)} holds a NaN or an infinity. The model's weights may be damaged.",
        OnnxRuntimeException error => $"{MessageText.Quote(id)}: {OrtMessage.Describe(error)}.",
        OutOfMemoryException => $"there is not enough memory for {MessageText.Quote(id)}.",
        _ => $"{MessageText.Quote(id)}: {failure.Message}",
    };

    private async Task<LoadedModel> LoadAsync(CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _loaded ??= await Task.Run(() => ModelLoader.Load(options, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _loading.Release();
        }
    }
}
