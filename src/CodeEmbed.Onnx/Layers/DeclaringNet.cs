using static CodeEmbed.Onnx.Layers.WeightDeclaration;

namespace CodeEmbed.Onnx.Layers;

/// <summary>Records the weights that a computation uses.</summary>
internal sealed class DeclaringNet : Net
{
    private readonly List<WeightDeclaration> _weights;
    private readonly List<IReadOnlyList<string>> _groups;

    private DeclaringNet(string scope, List<WeightDeclaration> weights, List<IReadOnlyList<string>> groups)
        : base(scope) => (_weights, _groups) = (weights, groups);

    /// <summary>The weights of the embeddings.</summary>
    public static PartDeclaration DeclareEmbeddings(Encoder encoder) => Declare(net => encoder.Embed(net, Ids, Positions));

    /// <summary>The weights of a layer.</summary>
    public static PartDeclaration DeclareLayer(Encoder encoder, int layer) =>
        Declare(net => encoder.Layer(net, new Value(string.Empty, encoder.HiddenSize), layer));

    /// <summary>
    ///   The weights of the embeddings and then of each layer, created on request: a file may claim any number of layers.
    /// </summary>
    public static IEnumerable<PartDeclaration> DeclareAll(Encoder encoder) =>
        Enumerable.Range(0, encoder.LayerCount).Select(layer => DeclareLayer(encoder, layer)).Prepend(DeclareEmbeddings(encoder));

    /// <inheritdoc/>
    public override Net At(string part) => new DeclaringNet(Name(part), _weights, _groups);

    /// <inheritdoc/>
    public override Value Lookup(string name, Value rows, int count, int width)
    {
        Declare(Weight(Name(name)), [count, width], rows == Ids ? WeightRole.Words : WeightRole.Whole);
        return new Value(string.Empty, width);
    }

    /// <inheritdoc/>
    public override Value[] Linear(Value input, params Projection[] projections)
    {
        foreach (Projection projection in projections)
        {
            Declare(Weight(Name(projection.Name)), [projection.Outputs, input.Width]);
            if (projection.HasBias)
                Declare(Bias(Name(projection.Name)), [projection.Outputs]);
        }

        _groups.Add([.. projections.Select(projection => Name(projection.Name))]);
        return [.. projections.Select(projection => new Value(string.Empty, projection.Outputs))];
    }

    /// <inheritdoc/>
    public override Value Normalize(Value input, string name, Norm norm, int width)
    {
        Declare(Weight(Name(name)), [width]);
        if (norm.HasBias)
            Declare(Bias(Name(name)), [width]);

        return input;
    }

    /// <inheritdoc/>
    public override Value Attend(Value query, Value key, Value value, Attention attention)
    {
        if (attention.Bias is { } bias)
            Declare(Weight(bias.Table), [bias.RowCount, attention.Heads], WeightRole.Shared);

        return query;
    }

    /// <inheritdoc/>
    public override Value Activate(Value input, Activation activation) => input;

    /// <inheritdoc/>
    public override Value Add(Value left, Value right) => left;

    /// <inheritdoc/>
    public override Value Multiply(Value left, Value right) => left;

    /// <inheritdoc/>
    public override Value Scale(Value input, float factor) => input;

    /// <inheritdoc/>
    public override Value[] Split(Value input, params int[] widths) => [.. widths.Select(width => input with { Width = width })];

    private static PartDeclaration Declare(Action<DeclaringNet> compute)
    {
        var net = new DeclaringNet(string.Empty, [], []);
        compute(net);
        return new PartDeclaration(net._weights, net._groups);
    }

    private void Declare(string name, long[] shape, WeightRole role = WeightRole.Whole) =>
        _weights.Add(new WeightDeclaration(name, shape, role));
}
