using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>
///   An encoder on a device with its own memory: the sequences of a run form a rectangle, in which shorter ones are padded. The
///   other sequences in a run change the result for a sequence only by the order in which sums are computed.
/// </summary>
internal interface IBatchEncoder : IEncoder
{
    /// <summary>How many rows a sequence takes in a run, given the length of the longest sequence.</summary>
    /// <param name="length">The length of the longest sequence.</param>
    int PaddedLength(int length);

    /// <summary>Runs it.</summary>
    /// <param name="sequences">The token ids of each sequence.</param>
    /// <param name="skipped">
    ///   How many tokens at the start of each are not pooled, if it returns vectors. At least one token is pooled.
    /// </param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>
    ///   If <see cref="IEncoder.IsPooled"/>, the vectors, [sequences, width]; else the hidden states, with as many rows for
    ///   each sequence as <see cref="EncoderOutput.RowsPerSequence"/> says.
    /// </returns>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    EncoderOutput Run(IReadOnlyList<long[]> sequences, int skipped, CancellationToken cancellationToken);
}
