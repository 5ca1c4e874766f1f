using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Graph;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Weights;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Quantization;

/// <summary>Runs a sequence through a float32 encoder, layer by layer, and tells which channels stand out.</summary>
/// <remarks>No more than one layer of the weights is used at a time.</remarks>
internal sealed class LayerObserver : IDisposable
{
    private readonly InferenceSession _layer;
    private OrtValue _state;

    /// <summary>Starts with the embeddings of a sequence.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="weights">The embeddings' weights.</param>
    /// <param name="ids">The token ids.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public LayerObserver(RobertaConfig config, IReadOnlyCollection<Weight> weights, long[] ids, CancellationToken cancellationToken)
    {
        _ = OrtRuntime.Environment;
        long[] positions = RobertaPositions.Count(ids, config.PaddingId);
        using OrtValue idValues = OrtValue.CreateTensorValueFromMemory(ids, [ids.Length]);
        using OrtValue positionValues = OrtValue.CreateTensorValueFromMemory(positions, [ids.Length]);
        using InferenceSession embeddings = Load(CalibrationGraph.BuildEmbeddings(config, weights));
        _state = Run(
            embeddings, [(RobertaGraph.Ids, idValues), (RobertaGraph.Positions, positionValues)], weights.Select(weight => (weight.Name, weight)), cancellationToken)[0];
        try
        {
            _layer = Load(CalibrationGraph.BuildLayer(config));
        }
        catch
        {
            _state.Dispose();
            throw;
        }
    }

    /// <summary>Runs the next layer.</summary>
    /// <param name="weights">Its weights, under the names that those of the first layer have.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>How much each channel stands out, for the inputs in the order of <see cref="CalibrationGraph.BuildLayer"/>.</returns>
    public float[][] Next(IEnumerable<(string Name, Weight Weight)> weights, CancellationToken cancellationToken)
    {
        IReadOnlyList<OrtValue> outputs = Run(_layer, [(CalibrationGraph.State, _state)], weights, cancellationToken);
        _state.Dispose();
        _state = outputs[^1];
        return [.. outputs.SkipLast(1).Select(Take)];
    }

    /// <summary>Frees the session.</summary>
    public void Dispose()
    {
        _layer.Dispose();
        _state.Dispose();
    }

    private static InferenceSession Load(byte[] graph)
    {
        using SessionOptions options = EncoderRun.MakeOptions();
        return new InferenceSession(graph, options);
    }

    private static OrtValue[] Run(
        InferenceSession session, (string Name, OrtValue Value)[] inputs, IEnumerable<(string Name, Weight Weight)> weights, CancellationToken cancellationToken)
    {
        (string Name, OrtValue Value)[] shared = [.. weights.Select(entry => (entry.Name, entry.Weight.Share()))];
        try
        {
            (string Name, OrtValue Value)[] all = [.. inputs, .. shared];
            return EncoderRun.Run(
                session, [.. all.Select(entry => entry.Name)], [.. all.Select(entry => entry.Value)], session.OutputNames, cancellationToken);
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
