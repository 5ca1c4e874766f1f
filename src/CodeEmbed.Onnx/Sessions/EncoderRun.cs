using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>Loads and runs ONNX Runtime's sessions so that they can be stopped.</summary>
internal static class EncoderRun
{
    /// <summary>
    ///   The options of every session. A run uses only the thread that calls it: several simultaneous runs, each on its own core,
    ///   are faster than one run on all cores, and their results do not depend on the number of cores.
    /// </summary>
    public static SessionOptions MakeOptions() => new()
    {
        IntraOpNumThreads = 1,
        InterOpNumThreads = 1,

        // Every length would leave its own pattern.
        EnableMemoryPattern = false,
    };

    /// <summary>Loads a graph from its file.</summary>
    /// <exception cref="OnnxRuntimeException">The graph cannot be run.</exception>
    /// <exception cref="OperationCanceledException">The loading was stopped.</exception>
    public static InferenceSession Load(string path, SessionOptions options, CancellationToken cancellationToken)
    {
        try
        {
            using CancellationTokenRegistration stop = cancellationToken.Register(() => options.SetLoadCancellationFlag(true));
            return new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    /// <summary>Runs a session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="names">The names of the inputs.</param>
    /// <param name="inputs">The inputs, in the order of the names.</param>
    /// <param name="outputs">The names of the outputs.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public static OrtValue[] Run(
        InferenceSession session,
        IReadOnlyCollection<string> names,
        IReadOnlyCollection<OrtValue> inputs,
        IReadOnlyCollection<string> outputs,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var options = new RunOptions();
        using CancellationTokenRegistration stop = cancellationToken.Register(() => options.Terminate = true);
        try
        {
            return [.. session.Run(options, names, inputs, outputs)];
        }
        catch (OnnxRuntimeException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    /// <summary>Runs a session whose inputs and output are bound.</summary>
    /// <param name="session">The session.</param>
    /// <param name="binding">The inputs and the output.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>The output.</returns>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public static OrtValue Run(InferenceSession session, OrtIoBinding binding, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var options = new RunOptions();
        using CancellationTokenRegistration stop = cancellationToken.Register(() => options.Terminate = true);
        try
        {
            return session.RunWithBoundResults(options, binding)[0];
        }
        catch (OnnxRuntimeException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }
}
