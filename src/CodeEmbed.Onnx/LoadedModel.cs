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
    EmbeddingModel description, ByteLevelBpeTokenizer tokenizer, IEncoderSource source, IEncoder encoder, VectorRecipe recipe, int promptTokens) : IDisposable
{
    /// <summary>What was loaded.</summary>
    public EmbeddingModel Description => description;

    /// <summary>Embeds a snippet.</summary>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="InvalidOperationException">The snippet is empty, and the tokenizer adds no special tokens.</exception>
    /// <exception cref="NotFiniteNumberException">The vector holds a NaN or an infinity.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public CodeEmbedding Embed(CodeSnippet snippet, CancellationToken cancellationToken)
    {
        TokenSequence tokens = tokenizer.Encode(recipe.Prompt + snippet.Content, description.MaxLength, cancellationToken);
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
        encoder.Dispose();
        source.Dispose();
    }
}
