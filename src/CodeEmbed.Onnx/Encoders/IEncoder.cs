using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>An encoder that is ready to run. For several threads at once.</summary>
internal interface IEncoder : IDisposable
{
    /// <summary>Whether it gives one vector for a sequence; else it gives a hidden state for each token.</summary>
    bool IsPooled { get; }

    /// <summary>Runs it on one sequence.</summary>
    /// <param name="ids">The token ids.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>Float32: the last hidden state, its last two dimensions [tokens, width], or the vector, [1, width].</returns>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    OrtValue Run(long[] ids, CancellationToken cancellationToken);
}
