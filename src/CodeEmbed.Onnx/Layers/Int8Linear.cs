using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>Linear parts in 8-bit integers.</summary>
/// <remarks>
///   <para>
///     Each token of an input is scaled by its own largest value to -127 … 127, which is stored as uint8 around 128, and each
///     output of a matrix by its own largest value. The integer products are exact; only the rounding of both sides loses
///     precision.
///   </para>
///   <para>
///     ONNX Runtime adds a bias before it multiplies by the scales of the rows, so the bias cannot be passed to the product.
///   </para>
/// </remarks>
internal sealed class Int8Linear : ILinear
{
    private readonly Graph _graph;
    private readonly OnnxGraphBuilder _builder;
    private readonly string _zeroPoint, _zeroPoints, _matrixZeroPoint, _step, _smallest, _rows;

    /// <summary>Creates an instance.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="signed">Whether the matrices are int8; else they are uint8 around 128.</param>
    /// <param name="tokens">A value with as many elements as there are tokens.</param>
    public Int8Linear(Graph graph, bool signed, string tokens)
    {
        _graph = graph;
        _builder = graph.Builder;
        _zeroPoint = _builder.Scalar("zero_point", (byte)Int8Names.ZeroPoint);
        _matrixZeroPoint = signed ? string.Empty : _zeroPoint;
        _zeroPoints = _builder.Node("Expand", [_zeroPoint, _builder.Node("Shape", [tokens])]);
        _step = _builder.Scalar("step", 1f / Int8Names.Largest);
        _smallest = _builder.Scalar("smallest", 1e-30f);
        _rows = _builder.Constant("rows", 1);
    }

    /// <inheritdoc/>
    public string[] Apply(string input, IReadOnlyList<string> parts)
    {
        (string quantized, string scales) = Quantize(input, parts[0]);
        return [.. parts.Select(part => AddBias(Multiply(quantized, scales, part), part))];
    }

    private string AddBias(string product, string part) =>
        _graph.HasBias(part) ? _builder.Node("Add", [product, _graph.Bias(part)]) : product;

    private (string Quantized, string Scales) Quantize(string input, string part)
    {
        string smoothing = Int8Names.Smoothing(part);
        string smooth = _graph.Weights.ContainsKey(smoothing) ? _builder.Node("Mul", [input, smoothing]) : input;
        string largest = _builder.Node("ReduceMax", [_builder.Node("Abs", [smooth])], ("axes", new long[] { 1 }));
        string scales = _builder.Node("Max", [_builder.Node("Mul", [largest, _step]), _smallest]);
        string quantized = _builder.Node(
            "QuantizeLinear", [smooth, _builder.Node("Squeeze", [scales, _rows]), _zeroPoints], ("axis", 0));
        return (quantized, scales);
    }

    private string Multiply(string quantized, string scales, string part) => _builder.MicrosoftNode(
        "MatMulIntegerToFloat",
        [quantized, _graph.Weight(part), scales, Int8Names.Scales(part), _zeroPoint, _matrixZeroPoint]);
}

/// <summary>The names and the numbers of weights in 8-bit integers. A matrix keeps the name that it has in float32.</summary>
internal static class Int8Names
{
    /// <summary>The uint8 value that represents 0.</summary>
    public const int ZeroPoint = 128;

    /// <summary>The largest integer; the smallest is its negative, so that the range is symmetric.</summary>
    public const int Largest = 127;

    /// <summary>The scales of a matrix's outputs.</summary>
    public static string Scales(string part) => part + ".scales";

    /// <summary>
    ///   The factors for an input's channels before it is quantized, under the name of the first part that uses it.
    /// </summary>
    public static string Smoothing(string part) => part + ".smoothing";
}
