using CodeEmbed.Onnx.Graph;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Weights;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>A RoBERTa encoder that is ready to run. For several threads at once.</summary>
internal sealed class EncoderSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly IReadOnlyList<OrtValue> _weights;

    private EncoderSession(InferenceSession session, IReadOnlyList<OrtValue> weights)
    {
        _session = session;
        _weights = weights;
    }

    /// <summary>Makes a session. The weights must live as long as it does.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="provider">What runs the graph.</param>
    /// <param name="threads">How many threads a run uses; 0 for ONNX Runtime's choice.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OnnxRuntimeException">The provider cannot run the graph.</exception>
    public static EncoderSession Create(
        RobertaConfig config, RobertaWeights weights, ExecutionProvider provider, int threads, CancellationToken cancellationToken)
    {
        _ = OrtRuntime.Environment;
        using var folder = new SessionFolder();
        using SessionOptions options = MakeOptions(threads);
        provider.Append(options);

        bool shared = provider.UsesProcessorMemory;
        folder.WriteGraph(RobertaGraph.Build(config, PlaceInFile(weights.All, shared), SessionFolder.WeightsName));
        OrtValue[] values = [];
        try
        {
            if (shared)
            {
                folder.WritePlaceholder(weights.All);
                values = [.. weights.All.Select(Share)];
                foreach ((Weight weight, OrtValue value) in weights.All.Zip(values))
                    options.AddInitializer(weight.Name, value);
            }
            else
            {
                folder.WriteWeights(weights.All, cancellationToken);
            }

            using CancellationTokenRegistration stop = cancellationToken.Register(() => options.SetLoadCancellationFlag(true));
            return new EncoderSession(new InferenceSession(folder.GraphPath, options), values);
        }
        catch (Exception e)
        {
            Release(values);
            if (e is OnnxRuntimeException)
                cancellationToken.ThrowIfCancellationRequested();

            throw;
        }
    }

    /// <summary>Runs the encoder on one sequence.</summary>
    /// <param name="ids">The token ids.</param>
    /// <param name="positions">The position of each token.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>The last hidden state, float32 [tokens, hidden].</returns>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public OrtValue Run(long[] ids, long[] positions, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var options = new RunOptions();
        using CancellationTokenRegistration stop = cancellationToken.Register(() => options.Terminate = true);
        using OrtValue idValues = OrtValue.CreateTensorValueFromMemory(ids, [ids.Length]);
        using OrtValue positionValues = OrtValue.CreateTensorValueFromMemory(positions, [positions.Length]);
        try
        {
            return _session.Run(options, [RobertaGraph.Ids, RobertaGraph.Positions], [idValues, positionValues], _session.OutputNames)[0];
        }
        catch (OnnxRuntimeException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    /// <summary>Frees the session.</summary>
    public void Dispose()
    {
        _session.Dispose();
        Release(_weights);
    }

    private static SessionOptions MakeOptions(int threads) => new()
    {
        GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
        IntraOpNumThreads = threads,
        InterOpNumThreads = 1,

        // Every length would leave a pattern of its own behind.
        EnableMemoryPattern = false,
    };

    /// <summary>Where each weight starts in the file: at its place, or at the start where the file only stands for them.</summary>
    private static IEnumerable<(Weight Weight, long Offset)> PlaceInFile(IEnumerable<Weight> weights, bool shared)
    {
        long position = 0;
        foreach (Weight weight in weights)
        {
            yield return (weight, shared ? 0 : position);
            position += weight.Length;
        }
    }

    private static OrtValue Share(Weight weight) => OrtValue.CreateTensorValueWithData(
        OrtMemoryInfo.DefaultInstance, TensorElementType.Float, weight.Shape, weight.Address, weight.Length);

    private static void Release(IEnumerable<OrtValue> values)
    {
        foreach (OrtValue value in values)
            value.Dispose();
    }
}
