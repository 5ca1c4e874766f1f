using System.Numerics.Tensors;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Tokenization;
using CodeEmbed.Onnx.Vectors;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx;

/// <summary>A model in memory: what turns a snippet into an embedding. For several threads at once.</summary>
/// <param name="description">What was loaded.</param>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="source">What the encoder stands on; it is freed with the model.</param>
/// <param name="encoder">The encoder; it is freed with the model.</param>
/// <param name="recipe">What is made of the encoder's output.</param>
/// <param name="promptTokens">How many tokens, from the first on, are the prompt's.</param>
internal sealed class LoadedModel(
    EmbeddingModel description,
    ByteLevelBpeTokenizer tokenizer,
    IEncoderSource source,
    IEncoder encoder,
    VectorRecipe recipe,
    int promptTokens) : IDisposable
{
    private readonly WorkerThreads _workers = new(description.Threads);

    /// <summary>What was loaded.</summary>
    public EmbeddingModel Description => description;

    /// <summary>Embeds snippets, several at once.</summary>
    /// <param name="snippets">The snippets.</param>
    /// <param name="describe">Makes what is thrown, when all are done, of the failure of the first snippet that fails.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public async Task<CodeEmbedding[]> EmbedAllAsync(
        IReadOnlyList<CodeSnippet> snippets, Func<CodeSnippet, Exception, Exception> describe, CancellationToken cancellationToken)
    {
        var embeddings = new CodeEmbedding[snippets.Count];
        var failures = new Exception?[snippets.Count];

        // The longest first, so that no thread is left with a long one at the end.
        int[] order = [.. Enumerable.Range(0, snippets.Count).OrderByDescending(i => snippets[i].Content.Length)];
        await _workers.RunAsync(order.Length, number => TryEmbed(order[number])).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        int failed = Array.FindIndex(failures, failure => failure is not null);
        return failed < 0 ? embeddings : throw describe(snippets[failed], failures[failed]!);

        void TryEmbed(int index)
        {
            try
            {
                embeddings[index] = Embed(snippets[index], cancellationToken);
            }
            catch (Exception e)
            {
                failures[index] = e;
            }
        }
    }

    /// <summary>Embeds a snippet.</summary>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="InvalidOperationException">The snippet is empty, and the tokenizer adds no special tokens.</exception>
    /// <exception cref="NotFiniteNumberException">The vector holds a NaN or an infinity.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public CodeEmbedding Embed(CodeSnippet snippet, CancellationToken cancellationToken) =>
        Embed(snippet, Tokenize(snippet, cancellationToken), cancellationToken);

    /// <summary>Makes the token ids of a snippet, the prompt's before them.</summary>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public TokenSequence Tokenize(CodeSnippet snippet, CancellationToken cancellationToken) =>
        tokenizer.Encode(recipe.Prompt + snippet.Content, description.MaxLength, cancellationToken);

    /// <summary>Embeds a snippet whose token ids are known.</summary>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="InvalidOperationException">There are no tokens.</exception>
    /// <exception cref="NotFiniteNumberException">The vector holds a NaN or an infinity.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public CodeEmbedding Embed(CodeSnippet snippet, TokenSequence tokens, CancellationToken cancellationToken)
    {
        if (tokens.Ids.Length == 0)
            throw new InvalidOperationException("it has no tokens, and the model's tokenizer puts none around it.");

        float[] vector = recipe.Embed(encoder, tokens.Ids, promptTokens, cancellationToken);
        if (!TensorPrimitives.IsFiniteAll<float>(vector))
            throw new NotFiniteNumberException();

        return new CodeEmbedding
        {
            Snippet = snippet,
            Vector = vector,
            ModelName = description.Name,
            Precision = description.Precision,
            Normalized = recipe.Normalize,
            TokenCount = tokens.Ids.Length,
            TruncatedTokens = tokens.TruncatedTokens,
            Fingerprint = description.Fingerprint,
        };
    }

    /// <summary>Frees the model. No call may be running.</summary>
    public void Dispose()
    {
        _workers.Dispose();
        encoder.Dispose();
        source.Dispose();
    }
}
