namespace CodeEmbed.Onnx.Encoders;

/// <summary>A static model that is ready to run: it computes the mean of the tokens' rows. Thread-safe.</summary>
/// <param name="table">The rows. They must live as long as it does.</param>
internal sealed class StaticEncoder(StaticTable table) : IEncoder
{
    /// <inheritdoc/>
    public bool IsPooled => true;

    /// <inheritdoc/>
    public EncoderOutput Run(IReadOnlyList<long[]> sequences, int skipped, CancellationToken cancellationToken) =>
        new(table.Average(sequences.Single(), cancellationToken));

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
