using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>
///   An encoder from a checkpoint on a device with its own memory. Ids are copied to it, vectors from it. Thread-safe.
/// </summary>
internal sealed class PaddedBatchEncoder : IPaddedBatchEncoder
{
    private readonly InferenceSession _session;
    private readonly HostMemory _memory;
    private readonly PositionIds _positions;

    private PaddedBatchEncoder(InferenceSession session, HostMemory memory, PositionIds positions) =>
        (_session, _memory, _positions) = (session, memory, positions);

    /// <inheritdoc/>
    public bool IsPooled => true;

    /// <summary>Makes an encoder.</summary>
    /// <param name="encoder">Its computation.</param>
    /// <param name="weights">The weights, all of the type.</param>
    /// <param name="type">The type that it computes with: float32 or float16.</param>
    /// <param name="pooling">How the hidden states become one vector.</param>
    /// <param name="provider">What runs the graph.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OnnxRuntimeException">The provider cannot run the graph.</exception>
    public static PaddedBatchEncoder Create(
        Encoder encoder,
        IReadOnlyCollection<Weight> weights,
        TensorElementType type,
        EmbeddingPooling pooling,
        ExecutionProvider provider,
        CancellationToken cancellationToken)
    {
        _ = OrtRuntime.Environment;
        using var folder = new SessionFolder();
        using SessionOptions options = EncoderRun.MakeOptions();
        options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        provider.Append(options);
        folder.WriteGraph(
            PaddedBatchGraph.Build(encoder, Weight.PlaceInFile(weights), type, pooling, SessionFolder.WeightsName));
        folder.WriteWeights(weights, cancellationToken);
        InferenceSession session = EncoderRun.Load(folder.GraphPath, options, cancellationToken);
        try
        {
            return new PaddedBatchEncoder(session, new HostMemory(session, provider), encoder.Positions);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int PaddedLength(int length) => PaddedBatchGraph.RoundUp(length);

    /// <inheritdoc/>
    public EncoderOutput Run(IReadOnlyList<long[]> sequences, int skipped, CancellationToken cancellationToken)
    {
        var padded = new PaddedBatch(sequences, PaddedLength(sequences.Max(ids => ids.Length)), _positions);
        using OrtIoBinding binding = _session.CreateIoBinding();
        var inputs = new List<OrtValue>();
        try
        {
            foreach (string name in _session.InputNames)
            {
                inputs.Add(MakeInput(name, padded, skipped));
                binding.BindInput(name, inputs[^1]);
            }

            binding.BindOutputToDevice(_session.OutputNames[0], _memory.Info);
            return new EncoderOutput(EncoderRun.Run(_session, binding, cancellationToken));
        }
        finally
        {
            foreach (OrtValue input in inputs)
                input.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory.Dispose();
        _session.Dispose();
    }

    private OrtValue MakeInput(string name, PaddedBatch padded, int skipped) => name switch
    {
        PaddedBatchInputs.ShapeName => _memory.Put(padded.Shape()),
        PaddedBatchInputs.LengthsName => _memory.Put(padded.Lengths()),
        PaddedBatchInputs.FirstRowsName => _memory.Put(padded.FirstRows()),
        PaddedBatchInputs.OrderName => _memory.Put(padded.Order()),
        PaddedBatchInputs.SkippedName => _memory.Put(padded.Skipped(skipped)),
        PaddedBatchInputs.KeyLengthsName => _memory.Put(padded.KeyLengths()),
        PaddedBatchInputs.KeyOffsetsName => _memory.Put(padded.KeyOffsets()),
        _ => _memory.Put(name == Net.Ids.Name ? padded.Ids() : padded.Positions()),
    };
}
