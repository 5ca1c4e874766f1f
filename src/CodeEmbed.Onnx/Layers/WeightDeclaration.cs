namespace CodeEmbed.Onnx.Layers;

/// <summary>A weight that a computation uses.</summary>
/// <param name="Name">The name in a checkpoint, without a prefix.</param>
/// <param name="Shape">The shape; a matrix is [out, in], as in torch.</param>
/// <param name="Role">What it is used for.</param>
internal sealed record WeightDeclaration(string Name, long[] Shape, WeightRole Role)
{
    /// <summary>The matrix of a linear part, the rows of a table, or the scale of a normalisation.</summary>
    public static string Weight(string part) => part + ".weight";

    /// <summary>The bias of a linear part or a normalisation.</summary>
    public static string Bias(string part) => part + ".bias";
}

/// <summary>What a weight is used for.</summary>
internal enum WeightRole
{
    /// <summary>All of it is used in every run.</summary>
    Whole,

    /// <summary>The rows of the tokens' ids are used: few out of many, so it stays in the checkpoint, even in 16 bits.</summary>
    Words,

    /// <summary>All of it is used in every run, by several layers; each declares it.</summary>
    Shared,
}

/// <summary>The weights of the embeddings or of a layer.</summary>
/// <param name="Weights">The weights, in the order of their use.</param>
/// <param name="LinearGroups">The names of linear parts, grouped by their input, in the order of their use.</param>
internal sealed record PartDeclaration(
    IReadOnlyList<WeightDeclaration> Weights, IReadOnlyList<IReadOnlyList<string>> LinearGroups);
