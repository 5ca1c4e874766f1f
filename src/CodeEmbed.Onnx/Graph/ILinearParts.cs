namespace CodeEmbed.Onnx.Graph;

/// <summary>How the graph multiplies by the matrices of the linear parts.</summary>
internal interface ILinearParts
{
    /// <summary>Applies linear parts to the input that they share.</summary>
    /// <param name="input">The input, [tokens, in].</param>
    /// <param name="parts">The names of the parts.</param>
    /// <returns>An output for each, [tokens, out].</returns>
    string[] Apply(string input, params string[] parts);
}
