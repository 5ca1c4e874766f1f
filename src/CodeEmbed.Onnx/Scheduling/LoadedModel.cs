using System.Numerics.Tensors;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Pooling;
using CodeEmbed.Onnx.Tokenizers;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Scheduling;

/// <summary>A model in memory, which turns snippets into embeddings. Thread-safe.</summary>
/// <param name="description">The description of the model.</param>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="source">What the encoder reads from; it is freed with the model.</param>
/// <param name="encoder">The encoder; it is freed with the model.</param>
/// <param name="head">How the encoder's output becomes a vector.</param>
/// <param name="promptTokens">How many tokens at the start belong to the prompt.</param>
/// <param name="workers">The threads that embed on the processor; <see langword="null"/> to create its own.</param>
/// <param name="queue">The queue of a device that runs batches; <see langword="null"/> to create its own if needed.</param>
internal sealed class LoadedModel(
    EmbeddingModel description,
    Tokenizer tokenizer,
    IEncoderSource source,
    IEncoder encoder,
    PoolingHead head,
    int promptTokens,
    WorkerThreads? workers = null,
    DeviceQueue? queue = null) : IDisposable
{
    private readonly WorkerThreads? _workers = workers ?? (encoder is IPaddedBatchEncoder ? null : new(description.Threads));

    private readonly DeviceQueue? _queue = queue ?? (encoder is IPaddedBatchEncoder batches
        ? new DeviceQueue(batches.PaddedLength, description.MaxBatchTokens ?? TokenBudget.Unknown)
        : null);

    /// <summary>The description of the model.</summary>
    public EmbeddingModel Description => description;

    /// <summary>
    ///   How many tokens a run on the processor should have: snippets are added to a run until it has this many. 0 if a run
    ///   takes a single snippet; also 0 for a device that runs batches, which fills its runs up to its own budget.
    /// </summary>
    public int TokensAtOnce => encoder.TokensAtOnce;

    /// <summary>How many snippets wait for a thread or the device.</summary>
    public int Waiting => _queue?.Waiting ?? _workers!.Waiting;

    /// <summary>Embeds snippets, several at once.</summary>
    /// <param name="snippets">The snippets.</param>
    /// <param name="outcomes">Receives the outcome of each snippet that does not have one yet.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public async Task EmbedAllAsync(
        IReadOnlyList<CodeSnippet> snippets, Outcome<CodeEmbedding>?[] outcomes, CancellationToken cancellationToken)
    {
        if (_queue is not null)
        {
            await _queue.EmbedAsync(this, snippets, outcomes, cancellationToken).ConfigureAwait(false);
            return;
        }

        var batch = new BatchRun(this, snippets, outcomes, _workers!, cancellationToken);
        await _workers!.RunAsync(batch.Count, batch.EmbedNext).ConfigureAwait(false);
        batch.RequireEnd();
    }

    /// <summary>Removes and returns the notices since the last call; see <see cref="IEmbeddingService.TakeNotices"/>.</summary>
    public IReadOnlyList<string> TakeNotices() => _queue?.TakeNotices() ?? [];

    /// <summary>The same model with another prompt. It lives as long as this one, and must not be disposed.</summary>
    /// <param name="prompt">The text that is put before every text; empty for none.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public LoadedModel WithPrompt(string prompt, CancellationToken cancellationToken) => prompt == head.Prompt
        ? this
        : new LoadedModel(
            description,
            tokenizer,
            source,
            encoder,
            head with { Prompt = prompt },
            CountPromptTokens(tokenizer, prompt, description.MaxLength, cancellationToken),
            _workers,
            _queue);

    /// <summary>
    ///   How many tokens at the start of a snippet belong to the prompt. In a snippet, the tokens that end the prompt alone come
    ///   after the code.
    /// </summary>
    public static int CountPromptTokens(Tokenizer tokenizer, string prompt, int maxLength, CancellationToken cancellationToken) =>
        prompt.Length == 0 ? 0 : tokenizer.Encode(prompt, maxLength, cancellationToken).Ids.Length - tokenizer.EndIds.Count;

    /// <summary>Tokenizes a snippet, preceded by the prompt.</summary>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public TokenizedSnippet Tokenize(CodeSnippet snippet, CancellationToken cancellationToken)
    {
        string text = head.Prompt + snippet.Content;
        TokenSequence tokens = tokenizer.Encode(text, description.MaxLength, cancellationToken);
        int inText = Math.Max(promptTokens - tokenizer.StartIds.Count, 0);
        TokenWindows? windows = description.Overflow == EmbeddingOverflow.Window && tokens.TruncatedTokens > 0
            ? tokenizer.Divide(text, inText, description.MaxLength, cancellationToken)
            : null;
        return new TokenizedSnippet(snippet, tokens, windows);
    }

    /// <summary>Tokenizes a snippet; if that fails, its outcome says why.</summary>
    /// <param name="snippet">The snippet.</param>
    /// <param name="failure">The outcome if it has no tokens; otherwise <see langword="null"/>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public TokenizedSnippet? TryTokenize(
        CodeSnippet snippet, out Outcome<CodeEmbedding>? failure, CancellationToken cancellationToken)
    {
        failure = null;
        try
        {
            TokenizedSnippet tokenized = Tokenize(snippet, cancellationToken);
            if (tokenized.Tokens.Ids.Length == 0)
                failure = SnippetFailure.RejectEmpty(snippet);
            else if (Refuses(tokenized))
                failure = SnippetFailure.RejectLong(snippet, tokenized.Tokens);
            else
                return tokenized;
        }
        catch (Exception e) when (SnippetFailure.IsOfText(e))
        {
            failure = SnippetFailure.Reject(snippet, e);
        }

        return null;
    }

    /// <summary>Determines whether a snippet must be rejected because the model does not see all of it.</summary>
    public bool Refuses(TokenizedSnippet snippet) =>
        description.Overflow == EmbeddingOverflow.Error && snippet.Tokens.TruncatedTokens > 0;

    /// <summary>Embeds a snippet that is divided into windows.</summary>
    /// <param name="snippet">The snippet.</param>
    /// <param name="atOnce">How many windows share a run: 1, except on a device that runs batches.</param>
    /// <param name="cancellationToken">Stops the runs.</param>
    /// <returns>Its outcome.</returns>
    /// <exception cref="OnnxRuntimeException">A run fails.</exception>
    /// <exception cref="OperationCanceledException">The runs were stopped.</exception>
    public Outcome<CodeEmbedding> EmbedWindows(TokenizedSnippet snippet, int atOnce, CancellationToken cancellationToken)
    {
        TokenWindows windows = snippet.Windows!;
        var mean = new WindowMean(description.Dimensions);
        long tokens = 0;
        for (int start = 0; start < windows.Count; start += atOnce)
        {
            TokenWindow[] run =
                [.. Enumerable.Range(start, Math.Min(atOnce, windows.Count - start)).Select(windows.Make)];
            float[][] vectors = head.Embed(
                encoder, [.. run.Select(window => window.Ids)], promptTokens, cancellationToken);
            foreach ((TokenWindow window, float[] vector) in run.Zip(vectors))
            {
                mean.Add(vector, window.Weight);
                tokens += window.Ids.Length;
            }
        }

        return Describe(snippet, mean.Compute(head.Normalize), (int)Math.Min(tokens, int.MaxValue), truncatedTokens: 0);
    }

    /// <summary>Embeds snippets in one run.</summary>
    /// <param name="snippets">The snippets, with tokens and without windows; only one if a run takes a single one.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>Their outcomes: a snippet whose vector is not finite is rejected, and does not affect the others.</returns>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public Outcome<CodeEmbedding>[] Embed(IReadOnlyList<TokenizedSnippet> snippets, CancellationToken cancellationToken)
    {
        float[][] vectors = head.Embed(
            encoder, [.. snippets.Select(snippet => snippet.Tokens.Ids)], promptTokens, cancellationToken);
        return [.. snippets.Zip(
            vectors,
            (snippet, vector) => Describe(snippet, vector, snippet.Tokens.Ids.Length, snippet.Tokens.TruncatedTokens))];
    }

    /// <summary>Frees the model. No call may be running.</summary>
    public void Dispose()
    {
        _workers?.Dispose();
        _queue?.Dispose();
        encoder.Dispose();
        source.Dispose();
    }

    private Outcome<CodeEmbedding> Describe(TokenizedSnippet snippet, float[] vector, int tokenCount, int truncatedTokens)
    {
        if (!TensorPrimitives.IsFiniteAll<float>(vector))
            return SnippetFailure.RejectVector(snippet.Snippet, description.Precision);

        return new Outcome<CodeEmbedding>(new CodeEmbedding
        {
            Snippet = snippet.Snippet,
            Vector = vector,
            ModelName = description.Name,
            Precision = description.Precision,
            Normalized = head.Normalize,
            TokenCount = tokenCount,
            TruncatedTokens = truncatedTokens,
            Windows = description.Overflow == EmbeddingOverflow.Window ? snippet.Windows?.Count ?? 1 : null,
            Fingerprint = description.Fingerprint,
        });
    }
}

/// <summary>A snippet and its tokens.</summary>
/// <param name="Snippet">The snippet.</param>
/// <param name="Tokens">How the model sees it, preceded by the prompt, if it is not divided.</param>
/// <param name="Windows">Its windows; <see langword="null"/> if it is not divided.</param>
internal sealed record TokenizedSnippet(CodeSnippet Snippet, TokenSequence Tokens, TokenWindows? Windows);
