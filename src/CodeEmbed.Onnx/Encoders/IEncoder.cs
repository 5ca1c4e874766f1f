using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>An encoder that is ready to run. Thread-safe.</summary>
internal interface IEncoder : IDisposable
{
    /// <summary>Whether it returns one vector per sequence; otherwise it returns a hidden state for each token.</summary>
    bool IsPooled { get; }

    /// <summary>
    ///   How many tokens a run should have: sequences are added to a run until it has this many. 0 if a run takes a single
    ///   sequence.
    /// </summary>
    int TokensAtOnce { get; }

    /// <summary>Runs it.</summary>
    /// <param name="sequences">The token ids of each sequence: only one if <see cref="TokensAtOnce"/> is 0.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>
    ///   The last hidden state, [tokens, width], the sequences one after the other; or the vector, [width].
    /// </returns>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    EncoderOutput Run(IReadOnlyList<long[]> sequences, CancellationToken cancellationToken);
}
