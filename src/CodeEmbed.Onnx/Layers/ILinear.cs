namespace CodeEmbed.Onnx.Layers;

/// <summary>How a graph multiplies by the matrices of linear parts.</summary>
internal interface ILinear
{
    /// <summary>Applies linear parts to the input that they share.</summary>
    /// <param name="input">The input, [tokens, in].</param>
    /// <param name="parts">The names of the parts.</param>
    /// <returns>An output for each, [tokens, out].</returns>
    string[] Apply(string input, IReadOnlyList<string> parts);
}
