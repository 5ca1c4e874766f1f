namespace CodeEmbed.Onnx.Encoders;

/// <summary>A graph exported by another program, for several sequences in a run.</summary>
/// <remarks>
///   If the graph's output is hidden states, they are copied to the processor and pooled there: another program's graph is not
///   changed.
/// </remarks>
/// <param name="encoder">The graph; it is freed with this.</param>
internal sealed class ExportedPaddedBatchEncoder(ExportedEncoder encoder) : IPaddedBatchEncoder
{
    /// <inheritdoc/>
    public bool IsPooled => encoder.IsPooled;

    /// <inheritdoc/>
    public int PaddedLength(int length) => length;

    /// <inheritdoc/>
    public EncoderOutput Run(IReadOnlyList<long[]> sequences, int skipped, CancellationToken cancellationToken) =>
        encoder.RunTogether(sequences, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => encoder.Dispose();
}
