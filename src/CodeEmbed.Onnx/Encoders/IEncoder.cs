using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>An encoder that is ready to run. Thread-safe.</summary>
internal interface IEncoder : IDisposable
{
    /// <summary>Whether it returns one vector per sequence; otherwise it returns a hidden state for each token.</summary>
    bool IsPooled { get; }

    /// <summary>
    ///   How many tokens a run on the processor should have: sequences are added to a run until it has this many. 0 if a run
    ///   takes a single sequence. It is also 0 for an <see cref="IPaddedBatchEncoder"/>, whose runs take as many as fit in the
    ///   budget of its device.
    /// </summary>
    int TokensAtOnce => 0;

    /// <summary>Runs it.</summary>
    /// <param name="sequences">
    ///   The token ids of each sequence: only one if <see cref="TokensAtOnce"/> is 0 and this is no
    ///   <see cref="IPaddedBatchEncoder"/>.
    /// </param>
    /// <param name="skipped">
    ///   How many tokens at the start of each are not pooled, if it pools as it was asked to; see
    ///   <see cref="IEncoderSource.PoolsAsAsked"/>. At least one token is pooled. Other encoders ignore this.
    /// </param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>
    ///   If <see cref="IsPooled"/>, the vectors, [sequences, width]; else the last hidden states, the sequences one after the
    ///   other, with as many rows for each as <see cref="EncoderOutput.RowsPerSequence"/> says.
    /// </returns>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    EncoderOutput Run(IReadOnlyList<long[]> sequences, int skipped, CancellationToken cancellationToken);
}
