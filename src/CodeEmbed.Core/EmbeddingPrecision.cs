using System.Diagnostics.CodeAnalysis;

namespace CodeEmbed;

/// <summary>The arithmetic that a model runs in.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "The field's own names for these.")]
public enum EmbeddingPrecision
{
    /// <summary>32-bit floating point, whatever the weights are stored as.</summary>
    Float32,
}
