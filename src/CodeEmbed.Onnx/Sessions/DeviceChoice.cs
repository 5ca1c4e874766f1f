namespace CodeEmbed.Onnx.Sessions;

/// <summary>A session and the device that it runs on.</summary>
/// <param name="Session">The session.</param>
/// <param name="Device">The device.</param>
/// <param name="Reason">Why it is that device.</param>
/// <param name="Warning">What the user should know of it, if anything.</param>
internal sealed record DeviceChoice(EncoderSession Session, EmbeddingDevice Device, string Reason, string? Warning);
