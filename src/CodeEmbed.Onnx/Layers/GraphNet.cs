using CodeEmbed.Onnx.OnnxFormat;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Layers;

/// <summary>Writes a computation as an ONNX graph, for sequences without padding, fused for inference.</summary>
internal sealed class GraphNet : Net
{
    private readonly Graph _graph;

    /// <summary>Starts.</summary>
    /// <param name="graph">What is written to, and how.</param>
    public GraphNet(Graph graph)
        : this(string.Empty, graph)
    {
    }

    private GraphNet(string scope, Graph graph)
        : base(scope) => _graph = graph;

    /// <inheritdoc/>
    public override Net At(string part) => new GraphNet(Name(part), _graph);

    /// <inheritdoc/>
    public override Value Lookup(string name, Value rows, int count, int width)
    {
        GraphWeight table = _graph.Weights[WeightDeclaration.Weight(Name(name))];
        string found = _graph.Builder.Node("Gather", [table.Value, rows.Name]);
        if (table.Type != TensorElementType.Float)
            found = _graph.Builder.Node("Cast", [found], ("to", (int)TensorElementType.Float));

        return new Value(found, width);
    }

    /// <inheritdoc/>
    public override Value[] Linear(Value input, params Projection[] projections)
    {
        string[] outputs = _graph.Linear.Apply(input.Name, [.. projections.Select(projection => Name(projection.Name))]);
        return [.. outputs.Zip(projections, (output, projection) => new Value(output, projection.Outputs))];
    }

    /// <inheritdoc/>
    public override Value Normalize(Value input, string name, Norm norm) => input with
    {
        Name = _graph.Builder.Node(
            "LayerNormalization",
            [input.Name, _graph.Weight(Name(name)), _graph.Bias(Name(name))],
            ("axis", -1),
            ("epsilon", norm.Epsilon)),
    };

    /// <inheritdoc/>
    public override Value Attend(Value query, Value key, Value value, Attention attention) =>
        query with
        {
            Name = _graph.Attention.Attend(
                _graph.Builder, query.Name, key.Name, value.Name, FindBias(attention, query), attention.Heads),
        };

    /// <inheritdoc/>
    public override Value Activate(Value input, Activation activation) => input with
    {
        Name = activation switch
        {
            // BiasGelu would add the bias too, but has no kernel for AVX-512.
            Activation.Gelu => _graph.Builder.MicrosoftNode("Gelu", [input.Name]),
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
        },
    };

    /// <inheritdoc/>
    public override Value Add(Value left, Value right) =>
        left with { Name = _graph.Builder.Node("Add", [left.Name, right.Name]) };

    private string? FindBias(Attention attention, Value rows)
    {
        if (attention.Bias is not { } bias)
            return null;

        // Layers that have the same bias compute it once.
        if (!_graph.Biases.TryGetValue(bias, out string? value))
            _graph.Biases.Add(bias, value = ComputeBias(bias, _graph.Attention.LongestSequence(_graph.Builder, rows.Name)));

        return value;
    }

    /// <summary>The bias of a sequence, [1, heads, length, length].</summary>
    private string ComputeBias(PositionBias bias, string length)
    {
        OnnxGraphBuilder builder = _graph.Builder;
        long farthest = bias.Rows.Count / 2;
        string zero = builder.Scalar($"{bias.Table}/zero", 0L), one = builder.Scalar($"{bias.Table}/one", 1L);
        string last = builder.Constant($"{bias.Table}/last_axis", 1);
        string positions = builder.Node("Range", [zero, builder.Node("Squeeze", [length]), one]);
        string distances = builder.Node(
            "Sub", [builder.Node("Unsqueeze", [positions, Zero.Name]), builder.Node("Unsqueeze", [positions, last])]);
        string near = builder.Node(
            "Clip",
            [
                distances,
                builder.Scalar($"{bias.Table}/farthest_before", -farthest),
                builder.Scalar($"{bias.Table}/farthest_after", farthest),
            ]);
        string numbers = builder.Node("Add", [near, builder.Scalar($"{bias.Table}/middle", farthest)]);
        string rows = builder.Constant($"{bias.Table}/rows", [.. bias.Rows]);
        string ofDistances = builder.Node(
            "Transpose", [builder.Node("Gather", [_graph.Weight(bias.Table), rows])], ("perm", new long[] { 1, 0 }));
        return builder.Node("Unsqueeze", [builder.Node("Gather", [ofDistances, numbers], ("axis", 1)), Zero.Name]);
    }
}

/// <summary>A graph that is being written: its weights, and how it multiplies and attends.</summary>
/// <param name="builder">The graph.</param>
/// <param name="weights">The weights, by their names in a checkpoint.</param>
internal sealed class Graph(OnnxGraphBuilder builder, IReadOnlyDictionary<string, GraphWeight> weights)
{
    private ILinear? _linear;
    private ISelfAttention? _attention;

    /// <summary>The graph.</summary>
    public OnnxGraphBuilder Builder => builder;

    /// <summary>The weights, by their names in a checkpoint.</summary>
    public IReadOnlyDictionary<string, GraphWeight> Weights => weights;

    /// <summary>How it multiplies by matrices. To be set before the first product.</summary>
    public ILinear Linear
    {
        get => _linear ?? throw new InvalidOperationException("It is not said how to multiply.");
        set => _linear = value;
    }

    /// <summary>How it attends. To be set before the first attention.</summary>
    public ISelfAttention Attention
    {
        get => _attention ?? throw new InvalidOperationException("It is not said how to attend.");
        set => _attention = value;
    }

    /// <summary>The values of the biases of attention that are computed already.</summary>
    public Dictionary<PositionBias, string> Biases { get; } = [];

    /// <summary>The value of a matrix, a table, or a scale.</summary>
    public string Weight(string part) => weights[WeightDeclaration.Weight(part)].Value;

    /// <summary>The value of a bias.</summary>
    public string Bias(string part) => weights[WeightDeclaration.Bias(part)].Value;
}

/// <summary>A weight in a graph.</summary>
/// <param name="Value">The name of its value.</param>
/// <param name="Type">The type of its elements.</param>
internal sealed record GraphWeight(string Value, TensorElementType Type);
