using System.Diagnostics.CodeAnalysis;

namespace CodeEmbed;

/// <summary>The arithmetic that a model runs in.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "The usual names in the field.")]
public enum EmbeddingPrecision
{
    /// <summary>32-bit floating point, whatever the weights are stored as.</summary>
    Float32,

    /// <summary>
    ///   8-bit integers in the matrix products, with a scale for each row on both sides, and 32-bit floating point everywhere
    ///   else.
    /// </summary>
    Int8,

    /// <summary>
    ///   16-bit floating point, with normalisation, softmax and pooling in 32 bits: on a device that runs batches, such as <see
    ///   cref="EmbeddingDevice.Cuda"/>, and not on the processor.
    /// </summary>
    Float16,
}
