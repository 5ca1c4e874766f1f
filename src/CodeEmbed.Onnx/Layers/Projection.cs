namespace CodeEmbed.Onnx.Layers;

/// <summary>A matrix, and its bias if it has one, as in torch's <c>nn.Linear</c>.</summary>
/// <param name="Name">The name, without <c>.weight</c> and <c>.bias</c>.</param>
/// <param name="Outputs">The width of the output.</param>
/// <param name="HasBias">Whether there is a bias.</param>
internal sealed record Projection(string Name, int Outputs, bool HasBias = true);

/// <summary>A normalisation.</summary>
internal sealed record Norm
{
    private Norm(float epsilon) => Epsilon = epsilon;

    /// <summary>The number that is added to the variance, or to the mean of the squares.</summary>
    public float Epsilon { get; }

    /// <summary>Whether there is a bias.</summary>
    public bool HasBias { get; private init; }

    /// <summary>Whether the mean is not subtracted, and the divisor is the root of the mean of the squares.</summary>
    public bool IsRms { get; private init; }

    /// <summary>Whether 1 is added to the weight.</summary>
    public bool AddsOne { get; private init; }

    /// <summary>Layer normalisation (arXiv:1607.06450).</summary>
    /// <param name="epsilon">The number that is added to the variance.</param>
    /// <param name="hasBias">Whether there is a bias.</param>
    public static Norm Layer(float epsilon, bool hasBias = true) => new(epsilon) { HasBias = hasBias };

    /// <summary>Root mean square normalisation (arXiv:1910.07467).</summary>
    /// <param name="epsilon">The number that is added to the mean of the squares.</param>
    /// <param name="addsOne">Whether 1 is added to the weight, as Gemma does.</param>
    public static Norm Rms(float epsilon, bool addsOne = false) => new(epsilon) { IsRms = true, AddsOne = addsOne };
}

/// <summary>An activation.</summary>
internal enum Activation
{
    /// <summary>GELU with the error function (arXiv:1606.08415).</summary>
    Gelu,

    /// <summary>GELU with a hyperbolic tangent instead of the error function (arXiv:1606.08415, section 2).</summary>
    GeluTanh,

    /// <summary>x times the logistic function of x (arXiv:1702.03118).</summary>
    Silu,

    /// <summary>The logistic function.</summary>
    Sigmoid,

    /// <summary>The larger of x and 0.</summary>
    Relu,
}
