namespace CodeEmbed.Onnx.Encoders;

/// <summary>A graph that another program exported, for several sequences in a run.</summary>
/// <remarks>
///   Where the graph gives hidden states, they come down and are pooled by the processor: nothing is put into another program's
///   graph.
/// </remarks>
/// <param name="encoder">The graph; it is freed with this.</param>
internal sealed class ExportedBatchEncoder(ExportedEncoder encoder) : IBatchEncoder
{
    /// <inheritdoc/>
    public bool IsPooled => encoder.IsPooled;

    /// <inheritdoc/>
    public int TokensAtOnce => 0;

    /// <inheritdoc/>
    public int PaddedLength(int length) => length;

    /// <inheritdoc/>
    public EncoderOutput Run(IReadOnlyList<long[]> sequences, CancellationToken cancellationToken) =>
        encoder.RunTogether(sequences, cancellationToken);

    /// <inheritdoc/>
    public EncoderOutput Run(IReadOnlyList<long[]> sequences, int skipped, CancellationToken cancellationToken) =>
        encoder.RunTogether(sequences, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => encoder.Dispose();
}
