using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>
///   An encoder on a device with its own memory: the sequences of a run are a rectangle, in which the shorter ones are filled up.
///   What a sequence gets differs by no more than the order of sums, whatever shares its run.
/// </summary>
internal interface IBatchEncoder : IEncoder
{
    /// <summary>How many rows of tokens a run takes for a longest sequence.</summary>
    /// <param name="length">The length of the longest sequence.</param>
    int PaddedLength(int length);

    /// <summary>Runs it.</summary>
    /// <param name="sequences">The token ids of each sequence.</param>
    /// <param name="skipped">
    ///   How many tokens of each, from the first on, are not pooled, where it gives vectors. One token at least is.
    /// </param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>
    ///   Where <see cref="IEncoder.IsPooled"/>, the vectors, [sequences, width]; else the hidden states, with as many rows for
    ///   each sequence as <see cref="EncoderOutput.RowsPerSequence"/> says.
    /// </returns>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    EncoderOutput Run(IReadOnlyList<long[]> sequences, int skipped, CancellationToken cancellationToken);
}
