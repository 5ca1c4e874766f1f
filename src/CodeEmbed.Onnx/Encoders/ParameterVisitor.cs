namespace CodeEmbed.Onnx.Encoders;

/// <summary>Takes bytes of a model's parameters.</summary>
/// <param name="bytes">The bytes, which are gone afterwards.</param>
internal delegate void ParameterVisitor(ReadOnlySpan<byte> bytes);
