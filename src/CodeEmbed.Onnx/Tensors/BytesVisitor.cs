namespace CodeEmbed.Onnx.Tensors;

/// <summary>Uses bytes of a model's parameters.</summary>
/// <param name="bytes">The bytes, which are gone afterwards.</param>
internal delegate void BytesVisitor(ReadOnlySpan<byte> bytes);
