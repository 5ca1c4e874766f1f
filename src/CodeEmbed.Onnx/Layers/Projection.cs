namespace CodeEmbed.Onnx.Layers;

/// <summary>A matrix and its bias, as torch's <c>nn.Linear</c> has them.</summary>
/// <param name="Name">The name, without <c>.weight</c> and <c>.bias</c>.</param>
/// <param name="Outputs">The width of what comes out.</param>
internal sealed record Projection(string Name, int Outputs);

/// <summary>A layer normalisation.</summary>
/// <param name="Epsilon">What is added to the variance.</param>
internal sealed record Norm(float Epsilon);

/// <summary>Attention within a sequence, every token to every token.</summary>
/// <param name="Heads">How many heads; divides the width.</param>
internal sealed record Attention(int Heads)
{
    /// <summary>What is added to the scores; <see langword="null"/> for nothing.</summary>
    public PositionBias? Bias { get; init; }
}

/// <summary>An activation.</summary>
internal enum Activation
{
    /// <summary>GELU with the error function (arXiv:1606.08415).</summary>
    Gelu,
}
