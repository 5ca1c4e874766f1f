using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>
///   A layer of attention and then of two products with GELU between them, each added to its input and then normalised, as in
///   BERT (arXiv:1810.04805). The names are those of its weights, within the layer.
/// </summary>
internal sealed record PostNormLayer
{
    /// <summary>The kind of attention.</summary>
    public required Attention Attention { get; init; }

    /// <summary>The width between the two products.</summary>
    public required int Inner { get; init; }

    /// <summary>The kind of both normalisations.</summary>
    public required Norm Norm { get; init; }

    /// <summary>The projections of attention.</summary>
    public required (string Query, string Key, string Value, string Output) Projections { get; init; }

    /// <summary>The normalisation after attention.</summary>
    public required string AttentionNorm { get; init; }

    /// <summary>The two products.</summary>
    public required (string First, string Second) Products { get; init; }

    /// <summary>The normalisation after the products.</summary>
    public required string OutputNorm { get; init; }

    /// <summary>Computes the state after the layer, [tokens, hidden].</summary>
    /// <param name="net">What runs the computation, at the layer.</param>
    /// <param name="state">The state before it, [tokens, hidden].</param>
    public Value Compute(Net net, Value state)
    {
        int hidden = state.Width;
        Value[] parts = net.Linear(
            state, new(Projections.Query, hidden), new(Projections.Key, hidden), new(Projections.Value, hidden));
        Value context = net.Attend(parts[0], parts[1], parts[2], Attention);
        Value attended = net.Linear(context, new Projection(Projections.Output, hidden))[0];
        state = net.Normalize(net.Add(attended, state), AttentionNorm, Norm);
        Value inner = net.Activate(net.Linear(state, new Projection(Products.First, Inner))[0], Activation.Gelu);
        return net.Normalize(net.Add(net.Linear(inner, new Projection(Products.Second, hidden))[0], state), OutputNorm, Norm);
    }
}
