using System.Numerics.Tensors;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tokenization;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx;

/// <summary>A model in memory: what turns a snippet into an embedding. For several threads at once.</summary>
/// <param name="description">What was loaded.</param>
/// <param name="normalize">Whether vectors are scaled to length 1.</param>
/// <param name="config">The architecture.</param>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="session">The encoder.</param>
/// <param name="parts">What the model stands on, to be freed with it, the first one first.</param>
internal sealed class LoadedModel(
    EmbeddingModel description,
    bool normalize,
    RobertaConfig config,
    ByteLevelBpeTokenizer tokenizer,
    EncoderSession session,
    IEnumerable<IDisposable> parts) : IDisposable
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
        TokenSequence tokens = tokenizer.Encode(snippet.Content, description.MaxLength, cancellationToken);
        if (tokens.Ids.Length == 0)
            throw new InvalidOperationException("it has no tokens, and the model's tokenizer puts none around it.");

        using OrtValue hiddenState = session.Run(tokens.Ids, RobertaPositions.Count(tokens.Ids, config.PaddingId), cancellationToken);
        float[] vector = MeanPooling.Pool(hiddenState.GetTensorDataAsSpan<float>(), config.HiddenSize);
        if (normalize)
            MeanPooling.Normalize(vector);

        if (!TensorPrimitives.IsFiniteAll<float>(vector))
            throw new NotFiniteNumberException();

        return new CodeEmbedding
        {
            Snippet = snippet,
            Vector = vector,
            ModelName = description.Name,
            Precision = description.Precision,
            Normalized = normalize,
            TokenCount = tokens.Ids.Length,
            TruncatedTokens = tokens.TruncatedTokens,
            Fingerprint = description.Fingerprint,
        };
    }

    /// <summary>Frees the model. No call may be running.</summary>
    public void Dispose()
    {
        foreach (IDisposable part in parts)
            part.Dispose();
    }
}
