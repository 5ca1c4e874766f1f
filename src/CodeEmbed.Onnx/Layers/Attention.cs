namespace CodeEmbed.Onnx.Layers;

/// <summary>Attention within a sequence.</summary>
/// <param name="Heads">How many heads the query has; divides its width.</param>
internal sealed record Attention(int Heads)
{
    /// <summary>
    ///   How many heads the key and the value have; divides <see cref="Heads"/>. Each serves the same number of query heads that
    ///   follow each other (arXiv:2305.13245).
    /// </summary>
    public int KeyValueHeads { get; init; } = Heads;

    /// <summary>How far back a token looks; <see langword="null"/> if it looks to the start.</summary>
    public int? Before { get; init; }

    /// <summary>How far ahead a token looks: 0 if it is causal; <see langword="null"/> if it looks to the end.</summary>
    public int? After { get; init; }

    /// <summary>How query and key are rotated by their positions; <see langword="null"/> if they are not.</summary>
    public Rotary? Rotary { get; init; }

    /// <summary>A learned bias that is added to the scores; <see langword="null"/> for none.</summary>
    public PositionBias? Bias { get; init; }

    /// <summary>
    ///   Whether the distance, times a number for each head, is subtracted from the scores (ALiBi, arXiv:2108.12409, in both
    ///   directions).
    /// </summary>
    public bool IsAlibi { get; init; }

    /// <summary>
    ///   The factor for the scores; <see langword="null"/> for one over the square root of the width of a head.
    /// </summary>
    public float? Scale { get; init; }

    /// <summary>Whether every token looks at every token, and scores depend on nothing else.</summary>
    public bool IsPlain => Before is null && After is null && !IsAlibi;
}

/// <summary>
///   Rotary position embeddings: each half of a head's numbers, taken in pairs one half apart, is rotated by an angle that grows
///   with the position (arXiv:2104.09864).
/// </summary>
/// <param name="Theta">The base: pair k of d / 2 is rotated by theta^(-2k / d) for each position.</param>
/// <param name="Size">How many numbers at the start of a head are rotated.</param>
/// <param name="Positions">How many positions there are.</param>
internal sealed record Rotary(double Theta, int Size, int Positions)
{
    /// <summary>The divisor for the positions.</summary>
    public double Divisor { get; init; } = 1;

    /// <summary>How the base grows with the length; <see langword="null"/> if it does not.</summary>
    public DynamicTheta? Dynamic { get; init; }

    /// <summary>The rotation of each pair per position, [size / 2].</summary>
    public double[] Frequencies() =>
        [.. Enumerable.Range(0, Size / 2).Select(pair => Math.Pow(Theta, -2.0 * pair / Size) / Divisor)];
}

/// <summary>
///   A base that grows for sequences longer than those the model was trained on ("dynamic NTK":
///   <c>_compute_dynamic_ntk_parameters</c> in transformers' modeling_rope_utils.py): times
///   (factor · length / trained - (factor - 1))^(d / (d - 2)).
/// </summary>
/// <param name="Factor">The factor.</param>
/// <param name="Trained">How long the sequences were, in tokens.</param>
internal sealed record DynamicTheta(double Factor, int Trained);
