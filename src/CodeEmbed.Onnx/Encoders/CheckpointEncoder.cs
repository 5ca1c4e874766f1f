using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>An encoder from a checkpoint that is ready to run. Thread-safe.</summary>
internal sealed class CheckpointEncoder : IEncoder
{
    /// <summary>The size of the weights in bytes from which a model counts as large.</summary>
    /// <remarks>
    ///   <para>
    ///     In a large model, reading the weights takes longer than the multiplication if a run has few tokens, so short sequences
    ///     share a run. In a small one the weights are in the cache, and nothing is gained. The word embeddings are counted too,
    ///     although a run reads few of them: a model with many words and small layers gains nothing by being treated as large,
    ///     and gets the same vectors.
    ///   </para>
    ///   <para>
    ///     A small model is run without ONNX Runtime's memory arena. A run allocates about twenty times per layer, each time
    ///     under the arena's lock; in a small model the allocations are so close together that threads wait for the lock. In a
    ///     large one the wait does not matter, and it takes more memory without the arena.
    ///   </para>
    /// </remarks>
    private const long SmallestLargeModel = 64 << 20;

    /// <summary>How many tokens use a run well: docs/performance.md has the measurements.</summary>
    private const int EnoughTokens = 128;

    private readonly InferenceSession _session;
    private readonly IReadOnlyList<OrtValue> _weights;
    private readonly PositionIds _positions;

    private CheckpointEncoder(InferenceSession session, IReadOnlyList<OrtValue> weights, PositionIds positions, bool packs)
    {
        _session = session;
        _weights = weights;
        _positions = positions;
        TokensAtOnce = packs ? EnoughTokens : 0;
    }

    /// <inheritdoc/>
    public bool IsPooled => false;

    /// <inheritdoc/>
    public int TokensAtOnce { get; }

    /// <summary>Makes an encoder. The weights must live as long as it does.</summary>
    /// <param name="encoder">Its computation.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="provider">What runs the graph.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OnnxRuntimeException">The provider cannot run the graph.</exception>
    public static CheckpointEncoder Create(
        Encoder encoder, IReadOnlyCollection<Weight> weights, ExecutionProvider provider, CancellationToken cancellationToken) =>
        Create(encoder, weights, provider, weights.Sum(weight => weight.Length) >= SmallestLargeModel, cancellationToken);

    /// <summary>Makes an encoder. The weights must live as long as it does.</summary>
    /// <param name="encoder">Its computation.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="provider">What runs the graph.</param>
    /// <param name="isLarge">Whether to run it as a large model.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OnnxRuntimeException">The provider cannot run the graph.</exception>
    internal static CheckpointEncoder Create(
        Encoder encoder,
        IReadOnlyCollection<Weight> weights,
        ExecutionProvider provider,
        bool isLarge,
        CancellationToken cancellationToken)
    {
        _ = OrtRuntime.Environment;
        using var folder = new SessionFolder();
        using SessionOptions options = EncoderRun.MakeOptions();
        options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        options.EnableCpuMemArena = isLarge;
        provider.Append(options);

        bool shared = provider.UsesProcessorMemory;

        // Other devices do not have kernels for the sequence operations.
        bool packs = isLarge && shared;
        folder.WriteGraph(EncoderGraph.Build(
            encoder,
            shared ? weights.Select(weight => (weight, 0L)) : Weight.PlaceInFile(weights),
            packs,
            SessionFolder.WeightsName));
        var values = new List<OrtValue>();
        try
        {
            if (shared)
            {
                folder.WritePlaceholder(weights);
                foreach (Weight weight in weights)
                {
                    // A weight of 16 bits is converted now, which takes time.
                    cancellationToken.ThrowIfCancellationRequested();
                    values.Add(weight.Share());
                    options.AddInitializer(weight.Name, values[^1]);
                }
            }
            else
            {
                folder.WriteWeights(weights, cancellationToken);
            }

            return new CheckpointEncoder(
                EncoderRun.Load(folder.GraphPath, options, cancellationToken), values, encoder.Positions, packs);
        }
        catch
        {
            Release(values);
            throw;
        }
    }

    /// <inheritdoc/>
    public EncoderOutput Run(IReadOnlyList<long[]> sequences, int skipped, CancellationToken cancellationToken)
    {
        (string Name, long[] Values)[] inputs =
        [
            (Net.Ids.Name, [.. sequences.SelectMany(ids => ids)]),
            (Net.Positions.Name, [.. sequences.SelectMany(_positions.Of)]),
        ];
        if (TokensAtOnce > 0)
            inputs = [.. inputs, (EncoderGraph.Lengths, [.. sequences.Select(ids => ids.LongLength)])];

        OrtValue[] values =
            [.. inputs.Select(input => OrtValue.CreateTensorValueFromMemory(input.Values, [input.Values.LongLength]))];
        try
        {
            string[] names = [.. inputs.Select(input => input.Name)];
            return new EncoderOutput(EncoderRun.Run(_session, names, values, _session.OutputNames, cancellationToken)[0]);
        }
        finally
        {
            Release(values);
        }
    }

    /// <summary>Frees the session.</summary>
    public void Dispose()
    {
        _session.Dispose();
        Release(_weights);
    }

    private static void Release(IEnumerable<OrtValue> values)
    {
        foreach (OrtValue value in values)
            value.Dispose();
    }
}
