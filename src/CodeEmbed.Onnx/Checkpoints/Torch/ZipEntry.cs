namespace CodeEmbed.Onnx.Checkpoints.Torch;

/// <summary>Where the data of an uncompressed entry lies in a zip archive.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its length in bytes.</param>
internal sealed record ZipEntry(long Offset, long Length);
