namespace CodeEmbed.Onnx.Encoders;

/// <summary>An encoder and the device that it runs on.</summary>
/// <param name="Encoder">The encoder.</param>
/// <param name="Dimensions">The length of the vectors that come of it.</param>
/// <param name="Device">The device.</param>
/// <param name="Reason">Why it is that device.</param>
/// <param name="Warning">What the user should know of it, if anything.</param>
internal sealed record DeviceChoice(IEncoder Encoder, int Dimensions, EmbeddingDevice Device, string Reason, string? Warning);
