namespace CodeEmbed.Onnx.Encoders;

/// <summary>
///   An encoder on a device with its own memory: the sequences of a run form a padded batch, as long as its longest sequence or a
///   little longer. The other sequences in a run change the result for a sequence only by the order in which sums are computed.
/// </summary>
internal interface IPaddedBatchEncoder : IEncoder
{
    /// <summary>How many rows a sequence takes in a run, given the length of the longest sequence.</summary>
    /// <param name="length">The length of the longest sequence.</param>
    int PaddedLength(int length);
}
