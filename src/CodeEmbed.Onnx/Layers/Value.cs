namespace CodeEmbed.Onnx.Layers;

/// <summary>A value of a computation.</summary>
/// <param name="Name">Its name in the graph; empty if there is no graph.</param>
/// <param name="Width">Its last dimension.</param>
internal readonly record struct Value(string Name, int Width);
