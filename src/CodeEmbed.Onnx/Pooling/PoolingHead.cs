using System.Globalization;
using System.Numerics.Tensors;
using CodeEmbed.Onnx.Encoders;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Pooling;

/// <summary>What makes one vector of an encoder's output: pooling, fewer dimensions, and length 1.</summary>
internal sealed record PoolingHead
{
    /// <summary>
    ///   A vector shorter than this is left as it is: it has no direction. PyTorch's <c>normalize</c> has the same bound.
    /// </summary>
    public const float SmallestNorm = 1e-12f;

    /// <summary>How hidden states become one vector, where the encoder itself does not give one.</summary>
    public required EmbeddingPooling Pooling { get; init; }

    /// <summary>What comes after pooling, one layer after the other.</summary>
    public IReadOnlyList<HeadLayer> Layers { get; init; } = [];

    /// <summary>Whether the vector is scaled to Euclidean length 1.</summary>
    public required bool Normalize { get; init; }

    /// <summary>How many of the first dimensions are kept; <see langword="null"/> for all.</summary>
    public int? Dimensions { get; init; }

    /// <summary>What is put before every text.</summary>
    public string Prompt { get; init; } = string.Empty;

    /// <summary>Whether the prompt's tokens count in the pooling.</summary>
    public bool IncludePrompt { get; init; } = true;

    /// <summary>Runs an encoder once and makes the vectors.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="sequences">The token ids of each sequence: of one, where the encoder takes no more at once.</param>
    /// <param name="promptTokens">How many of a sequence, from the first on, are the prompt's.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>The vector of each sequence, [dimensions].</returns>
    /// <exception cref="EmbeddingOptionException">There are fewer dimensions than are to be kept.</exception>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public float[][] Embed(
        IEncoder encoder, IReadOnlyList<long[]> sequences, int promptTokens, CancellationToken cancellationToken)
    {
        using EncoderOutput output = encoder is IBatchEncoder batch
            ? batch.Run(sequences, IncludePrompt ? 0 : promptTokens, cancellationToken)
            : encoder.Run(sequences, cancellationToken);
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

    /// <summary>Makes the vector of a sequence.</summary>
    /// <param name="state">Its hidden states, [tokens, width].</param>
    /// <param name="tokens">How many tokens it has.</param>
    /// <param name="promptTokens">How many of them, from the first on, are the prompt's.</param>
    /// <returns>The vector, [dimensions].</returns>
    /// <exception cref="EmbeddingOptionException">There are fewer dimensions than are to be kept.</exception>
    public float[] Pool(ReadOnlySpan<float> state, int tokens, int promptTokens) =>
        Finish(TokenPooling.Pool(state, state.Length / tokens, Pooling, IncludePrompt ? 0 : promptTokens));

    /// <summary>Scales a vector to Euclidean length 1, in place.</summary>
    public static void Scale(Span<float> vector) =>
        TensorPrimitives.Divide(vector, Math.Max(TensorPrimitives.Norm<float>(vector), SmallestNorm), vector);

    /// <summary>Everything of the head that decides the numbers, by name, for the fingerprint.</summary>
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
