using CodeEmbed.Onnx.OnnxFormat;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Layers;

/// <summary>Writes a computation as an ONNX graph, fused for inference.</summary>
internal sealed class GraphNet : Net
{
    private readonly Graph _graph;

    /// <summary>Creates an instance.</summary>
    /// <param name="graph">The graph to write to, and how to write it.</param>
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
        if (table.Type != _graph.Type)
            found = _graph.Builder.Node("Cast", [found], ("to", (int)_graph.Type));

        return new Value(found, width);
    }

    /// <inheritdoc/>
    public override Value[] Linear(Value input, params Projection[] projections)
    {
        string[] outputs = _graph.Linear.Apply(input.Name, [.. projections.Select(projection => Name(projection.Name))]);
        return [.. outputs.Zip(projections, (output, projection) => new Value(output, projection.Outputs))];
    }

    /// <inheritdoc/>
    public override Value Normalize(Value input, string name, Norm norm, int width)
    {
        OnnxGraphBuilder builder = _graph.Builder;
        string rows = width == input.Width ? input.Name : builder.Reshape(input.Name, -1, width);
        string weight = _graph.Weight(Name(name));
        if (norm.AddsOne)
            weight = builder.Node("Add", [weight, _graph.Number(1)]);

        string normalized = builder.Node(
            norm.IsRms ? "SimplifiedLayerNormalization" : "LayerNormalization",
            norm.HasBias ? [rows, weight, _graph.Bias(Name(name))] : [rows, weight],
            ("axis", -1),
            ("epsilon", norm.Epsilon));
        return input with
        {
            Name = width == input.Width ? normalized : builder.Reshape(normalized, -1, input.Width),
        };
    }

    /// <inheritdoc/>
    public override Value Attend(Value query, Value key, Value value, Attention attention)
    {
        if (attention.Rotary is { } rotary)
        {
            query = _graph.Attention.Turn(query, rotary, attention.Heads);
            key = _graph.Attention.Turn(key, rotary, attention.KeyValueHeads);
        }

        string context = _graph.Attention.Attend(
            _graph.Builder,
            query,
            Repeat(key, attention),
            Repeat(value, attention),
            FindBias(attention, query),
            attention);
        return query with { Name = context };
    }

    /// <inheritdoc/>
    public override Value Activate(Value input, Activation activation) => input with
    {
        Name = activation switch
        {
            // BiasGelu would add the bias too, but has no kernel for AVX-512.
            Activation.Gelu => _graph.Builder.MicrosoftNode("Gelu", [input.Name]),
            Activation.GeluTanh => _graph.Builder.MicrosoftNode("FastGelu", [input.Name]),
            Activation.Silu => _graph.Builder.MicrosoftNode("QuickGelu", [input.Name], ("alpha", 1f)),
            Activation.Sigmoid => _graph.Builder.Node("Sigmoid", [input.Name]),
            Activation.Relu => _graph.Builder.Node("Relu", [input.Name]),
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
        },
    };

    /// <inheritdoc/>
    public override Value Add(Value left, Value right) =>
        left with { Name = _graph.Builder.Node("Add", [left.Name, right.Name]) };

    /// <inheritdoc/>
    public override Value Multiply(Value left, Value right) =>
        left with { Name = _graph.Builder.Node("Mul", [left.Name, right.Name]) };

    /// <inheritdoc/>
    public override Value Scale(Value input, float factor) =>
        input with { Name = _graph.Builder.Node("Mul", [input.Name, _graph.Number(factor)]) };

    /// <inheritdoc/>
    public override Value[] Split(Value input, params int[] widths)
    {
        string[] parts = _graph.Builder.Nodes(
            "Split", [input.Name, _graph.Builder.Integers([.. widths])], widths.Length, ("axis", 1));
        return [.. parts.Zip(widths, (part, width) => new Value(part, width))];
    }

    /// <summary>Repeats the heads of the key or the value, so that each head of the query has its own.</summary>
    private Value Repeat(Value input, Attention attention)
    {
        if (attention.KeyValueHeads == attention.Heads)
            return input;

        OnnxGraphBuilder builder = _graph.Builder;
        int size = input.Width / attention.KeyValueHeads, times = attention.Heads / attention.KeyValueHeads;
        string heads = builder.Reshape(input.Name, -1, attention.KeyValueHeads, 1, size);
        string repeated = builder.Node("Tile", [heads, builder.Integers(1, 1, times, 1)]);
        return new Value(builder.Reshape(repeated, -1, attention.Heads * size), attention.Heads * size);
    }

    private string? FindBias(Attention attention, Value rows)
    {
        if (attention.Bias is not { } bias)
            return null;

        // Layers that have the same bias compute it once.
        if (!_graph.Biases.TryGetValue(bias, out string? value))
            _graph.Biases.Add(bias, value = ComputeBias(bias, _graph.Attention.Distances(rows.Name, bias.Table)));

        return value;
    }

    /// <summary>The bias of a sequence, [1, heads, length, length].</summary>
    /// <param name="bias">The bias.</param>
    /// <param name="distances">The distances from its queries to its keys, [length, length].</param>
    private string ComputeBias(PositionBias bias, string distances)
    {
        OnnxGraphBuilder builder = _graph.Builder;
        long farthest = bias.Rows.Count / 2;
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
    private readonly Dictionary<int, string> _integers = [];
    private ILinear? _linear;
    private ISelfAttention? _attention;

    /// <summary>The graph.</summary>
    public OnnxGraphBuilder Builder => builder;

    /// <summary>The weights, by their names in a checkpoint.</summary>
    public IReadOnlyDictionary<string, GraphWeight> Weights => weights;

    /// <summary>How it multiplies by matrices. Must be set before the first product.</summary>
    public ILinear Linear
    {
        get => _linear ?? throw new InvalidOperationException("The way to multiply is not set.");
        set => _linear = value;
    }

    /// <summary>How it attends. Must be set before the first attention.</summary>
    public ISelfAttention Attention
    {
        get => _attention ?? throw new InvalidOperationException("The kind of attention is not set.");
        set => _attention = value;
    }

    /// <summary>The type of what it computes with: float32 or float16.</summary>
    public TensorElementType Type { get; init; } = TensorElementType.Float;

    /// <summary>The attention biases that have been computed.</summary>
    public Dictionary<PositionBias, string> Biases { get; } = [];

    /// <summary>A constant int64 [1], which subgraphs see too. The same number is one constant.</summary>
    public string Integer(int value)
    {
        if (!_integers.TryGetValue(value, out string? integer))
            _integers.Add(value, integer = builder.Integers(value));

        return integer;
    }

    /// <summary>Adds a number in the type of the graph.</summary>
    public string Number(float value) =>
        Type == TensorElementType.Float ? builder.Scalar(value) : builder.Halves([value]);

    /// <summary>Adds numbers in the type of the graph.</summary>
    /// <param name="values">The numbers, row by row.</param>
    /// <param name="shape">Their shape.</param>
    public string Numbers(float[] values, params long[] shape) =>
        Type == TensorElementType.Float ? builder.Floats(values, shape) : builder.Halves(values, shape);

    /// <summary>A value of float32 in the type of the graph.</summary>
    public string FromFloat(string value) =>
        Type == TensorElementType.Float ? value : builder.Node("Cast", [value], ("to", (int)Type));

    /// <summary>The value of a matrix, a table, or a scale.</summary>
    public string Weight(string part) => weights[WeightDeclaration.Weight(part)].Value;

    /// <summary>Whether a part has a bias.</summary>
    public bool HasBias(string part) => weights.ContainsKey(WeightDeclaration.Bias(part));

    /// <summary>The value of a bias.</summary>
    public string Bias(string part) => weights[WeightDeclaration.Bias(part)].Value;
}

/// <summary>A weight in a graph.</summary>
/// <param name="Value">The name of its value.</param>
/// <param name="Type">The type of its elements.</param>
internal sealed record GraphWeight(string Value, TensorElementType Type);
