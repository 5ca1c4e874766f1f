using System.Globalization;
using System.Numerics.Tensors;
using CodeEmbed.Onnx.Encoders;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Pooling;

/// <summary>Turns an encoder's output into one vector: pooling, fewer dimensions, and length 1.</summary>
internal sealed record PoolingHead
{
    /// <summary>
    ///   A vector shorter than this is not changed: it has no direction. PyTorch's <c>normalize</c> has the same limit.
    /// </summary>
    public const float SmallestNorm = 1e-12f;

    /// <summary>How hidden states become one vector, if the encoder itself does not do that.</summary>
    public required EmbeddingPooling Pooling { get; init; }

    /// <summary>The layers after pooling, in order.</summary>
    public IReadOnlyList<HeadLayer> Layers { get; init; } = [];

    /// <summary>Whether to scale the vector to Euclidean length 1.</summary>
    public required bool Normalize { get; init; }

    /// <summary>How many of the first dimensions to keep; <see langword="null"/> for all.</summary>
    public int? Dimensions { get; init; }

    /// <summary>The text that is put before every text.</summary>
    public string Prompt { get; init; } = string.Empty;

    /// <summary>Whether the prompt's tokens count in the pooling.</summary>
    public bool IncludePrompt { get; init; } = true;

    /// <summary>Runs an encoder once and computes the vectors.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="sequences">The token ids of each sequence: only one if the encoder takes only one at a time.</param>
    /// <param name="promptTokens">How many tokens at the start of a sequence belong to the prompt.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>The vector of each sequence, [dimensions].</returns>
    /// <exception cref="EmbeddingOptionException">There are fewer dimensions than should be kept.</exception>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public float[][] Embed(
        IEncoder encoder, IReadOnlyList<long[]> sequences, int promptTokens, CancellationToken cancellationToken)
    {
        using EncoderOutput output = encoder.Run(sequences, IncludePrompt ? 0 : promptTokens, cancellationToken);
        ReadOnlySpan<float> values = output.Values;
        var vectors = new float[sequences.Count][];
        for (int i = 0; i < vectors.Length; i++)
        {
            int rows = encoder.IsPooled ? 1 : sequences[i].Length;
            ReadOnlySpan<float> own = values[..(rows * output.Width)];
            vectors[i] = encoder.IsPooled ? Finish(own.ToArray()) : Pool(own, rows, promptTokens);
            values = values[((output.RowsPerSequence ?? rows) * output.Width)..];
        }

        return vectors;
    }

    /// <summary>Computes the vector of a sequence.</summary>
    /// <param name="state">Its hidden states, [tokens, width].</param>
    /// <param name="tokens">How many tokens it has.</param>
    /// <param name="promptTokens">How many tokens at the start belong to the prompt.</param>
    /// <returns>The vector, [dimensions].</returns>
    /// <exception cref="EmbeddingOptionException">There are fewer dimensions than should be kept.</exception>
    public float[] Pool(ReadOnlySpan<float> state, int tokens, int promptTokens) =>
        Finish(TokenPooling.Pool(state, state.Length / tokens, Pooling, IncludePrompt ? 0 : promptTokens));

    /// <summary>Scales a vector to Euclidean length 1, in place.</summary>
    public static void Scale(Span<float> vector) =>
        TensorPrimitives.Divide(vector, Math.Max(TensorPrimitives.Norm<float>(vector), SmallestNorm), vector);

    /// <summary>Everything in the head that affects the numbers, by name, for the fingerprint.</summary>
    public IEnumerable<(string Name, string Value)> Describe()
    {
        yield return ("pooling", Pooling.ToString().ToLowerInvariant());
        if (Layers.Count > 0)
            yield return ("layers", string.Join("; ", Layers.Select(layer => layer.Identity)));

        yield return ("normalized", Normalize ? "true" : "false");
        if (Dimensions is { } dimensions)
            yield return ("dimensions", dimensions.ToString(CultureInfo.InvariantCulture));

        if (Prompt.Length > 0)
        {
            yield return ("prompt", Prompt);
            yield return ("prompt_pooled", IncludePrompt ? "true" : "false");
        }
    }

    private float[] Finish(float[] vector)
    {
        foreach (HeadLayer layer in Layers)
            vector = layer.Apply(vector);

        if (Dimensions is { } dimensions)
        {
            if (dimensions < 1 || dimensions > vector.Length)
            {
                throw new EmbeddingOptionException(
                    nameof(Dimensions),
                    $"{dimensions}",
                    $"is outside the range of this model: 1 to {vector.Length}.",
                    "Give a number in this range, or omit it.");
            }

            vector = vector[..dimensions];
        }

        if (Normalize)
            Scale(vector);

        return vector;
    }
}
