using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Quantization;

/// <summary>Runs a sequence through a float32 encoder, layer by layer, and finds the outlier channels.</summary>
/// <remarks>Only one layer's weights are used at a time. Layers with the same computation share a session.</remarks>
internal sealed class LayerObserver : IDisposable
{
    private readonly Encoder _encoder;
    private readonly OrtValue _positions;
    private readonly List<(byte[] Graph, InferenceSession Session)> _layers = [];
    private OrtValue _state;

    /// <summary>Starts with the embeddings of a sequence.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="weights">The embeddings' weights, in the order in which they are declared.</param>
    /// <param name="ids">The token ids.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public LayerObserver(Encoder encoder, IReadOnlyList<Weight> weights, long[] ids, CancellationToken cancellationToken)
    {
        _encoder = encoder;
        _ = OrtRuntime.Environment;
        using OrtValue idValues = OrtValue.CreateTensorValueFromMemory(ids, [ids.Length]);
        _positions = OrtValue.CreateTensorValueFromMemory(encoder.Positions.Of(ids), [ids.Length]);
        using InferenceSession embeddings = Load(CalibrationGraph.BuildEmbeddings(encoder, weights));
        _state = Run(embeddings, [(Net.Ids.Name, idValues), (Net.Positions.Name, _positions)], weights, cancellationToken)[0];
    }

    /// <summary>Runs the next layer.</summary>
    /// <param name="layer">Which layer.</param>
    /// <param name="declaration">What it declares.</param>
    /// <param name="weights">Its weights, in the order in which they are declared.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>How much of an outlier each channel is, for the input of each group of linear parts.</returns>
    public float[][] Next(
        int layer, PartDeclaration declaration, IReadOnlyList<Weight> weights, CancellationToken cancellationToken)
    {
        InferenceSession session = FindSession(CalibrationGraph.BuildLayer(_encoder, layer, declaration));
        IReadOnlyList<OrtValue> outputs = Run(
            session, [(CalibrationGraph.State, _state), (Net.Positions.Name, _positions)], weights, cancellationToken);
        _state.Dispose();
        _state = outputs[^1];
        return [.. outputs.SkipLast(1).Select(Take)];
    }

    /// <summary>Copies the state after the last layer that was run, [tokens, hidden].</summary>
    public float[] CopyState() => _state.GetTensorDataAsSpan<float>().ToArray();

    /// <summary>Frees the sessions.</summary>
    public void Dispose()
    {
        foreach ((_, InferenceSession session) in _layers)
            session.Dispose();

        _state.Dispose();
        _positions.Dispose();
    }

    private InferenceSession FindSession(byte[] graph)
    {
        InferenceSession? session = _layers.Find(layer => layer.Graph.AsSpan().SequenceEqual(graph)).Session;
        if (session is null)
            _layers.Add((graph, session = Load(graph)));

        return session;
    }

    private static InferenceSession Load(byte[] graph)
    {
        using SessionOptions options = EncoderRun.MakeOptions();
        return new InferenceSession(graph, options);
    }

    private static OrtValue[] Run(
        InferenceSession session,
        (string Name, OrtValue Value)[] inputs,
        IReadOnlyList<Weight> weights,
        CancellationToken cancellationToken)
    {
        (string Name, OrtValue Value)[] shared =
            [.. weights.Select((weight, number) => (CalibrationGraph.Weight(number), weight.Share()))];
        try
        {
            (string Name, OrtValue Value)[] all = [.. inputs, .. shared];
            return EncoderRun.Run(
                session,
                [.. all.Select(entry => entry.Name)],
                [.. all.Select(entry => entry.Value)],
                session.OutputNames,
                cancellationToken);
        }
        finally
        {
            foreach ((_, OrtValue value) in shared)
                value.Dispose();
        }
    }

    private static float[] Take(OrtValue value)
    {
        using (value)
            return value.GetTensorDataAsSpan<float>().ToArray();
    }
}
