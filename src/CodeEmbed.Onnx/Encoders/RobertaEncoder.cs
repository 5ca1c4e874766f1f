using CodeEmbed.Onnx.Graph;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Weights;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>A RoBERTa encoder that is ready to run. For several threads at once.</summary>
internal sealed class RobertaEncoder : IEncoder
{
    /// <summary>Up to this many bytes of weights a model is run without ONNX Runtime's memory arena.</summary>
    /// <remarks>
    ///   A run allocates some twenty times a layer, each time under the one lock of the arena. In a small model these are so near to each other that
    ///   threads wait in line for it; in a large one they are not noticed, and without the arena it takes more memory.
    /// </remarks>
    private const long LargestWithoutArena = 64 << 20;

    private readonly InferenceSession _session;
    private readonly IReadOnlyList<OrtValue> _weights;
    private readonly int _paddingId;

    private RobertaEncoder(InferenceSession session, IReadOnlyList<OrtValue> weights, int paddingId)
    {
        _session = session;
        _weights = weights;
        _paddingId = paddingId;
    }

    /// <inheritdoc/>
    public bool IsPooled => false;

    /// <summary>Makes an encoder. The weights must live as long as it does.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="provider">What runs the graph.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OnnxRuntimeException">The provider cannot run the graph.</exception>
    public static RobertaEncoder Create(
        RobertaConfig config, IReadOnlyCollection<Weight> weights, ExecutionProvider provider, CancellationToken cancellationToken)
    {
        _ = OrtRuntime.Environment;
        using var folder = new SessionFolder();
        using SessionOptions options = EncoderRun.MakeOptions();
        options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        options.EnableCpuMemArena = weights.Sum(weight => weight.Length) > LargestWithoutArena;
        provider.Append(options);

        bool shared = provider.UsesProcessorMemory;
        folder.WriteGraph(RobertaGraph.Build(config, PlaceInFile(weights, shared), SessionFolder.WeightsName));
        OrtValue[] values = [];
        try
        {
            if (shared)
            {
                folder.WritePlaceholder(weights);
                values = [.. weights.Select(weight => weight.Share())];
                foreach ((Weight weight, OrtValue value) in weights.Zip(values))
                    options.AddInitializer(weight.Name, value);
            }
            else
            {
                folder.WriteWeights(weights, cancellationToken);
            }

            return new RobertaEncoder(EncoderRun.Load(folder.GraphPath, options, cancellationToken), values, config.PaddingId);
        }
        catch
        {
            Release(values);
            throw;
        }
    }

    /// <inheritdoc/>
    public OrtValue Run(long[] ids, CancellationToken cancellationToken)
    {
        long[] positions = RobertaPositions.Count(ids, _paddingId);
        using OrtValue idValues = OrtValue.CreateTensorValueFromMemory(ids, [ids.Length]);
        using OrtValue positionValues = OrtValue.CreateTensorValueFromMemory(positions, [positions.Length]);
        return EncoderRun.Run(_session, [RobertaGraph.Ids, RobertaGraph.Positions], [idValues, positionValues], _session.OutputNames, cancellationToken)[0];
    }

    /// <summary>Frees the session.</summary>
    public void Dispose()
    {
        _session.Dispose();
        Release(_weights);
    }

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

    private static void Release(IEnumerable<OrtValue> values)
    {
        foreach (OrtValue value in values)
            value.Dispose();
    }
}
