namespace CodeEmbed.Onnx.Weights;

/// <summary>Uses a piece of a weight.</summary>
/// <param name="piece">The bytes; they stay valid during the call.</param>
internal delegate void WeightPieceVisitor(ReadOnlySpan<byte> piece);
