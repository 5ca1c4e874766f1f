using System.Numerics.Tensors;
using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;
using static System.FormattableString;

namespace CodeEmbed.Onnx.Pooling;

/// <summary>A product with a matrix, a bias and an activation: <c>Dense</c> in sentence-transformers.</summary>
internal sealed class DenseLayer : HeadLayer
{
    /// <summary>The activations, by the last part of torch's class names.</summary>
    private static readonly Dictionary<string, Action<float[]>> Activations = new()
    {
        ["Identity"] = _ => { },
        ["Tanh"] = vector => TensorPrimitives.Tanh(vector, vector),
        ["ReLU"] = vector => TensorPrimitives.Max(vector, 0, vector),
        ["Sigmoid"] = vector => TensorPrimitives.Sigmoid<float>(vector, vector),
    };

    private readonly float[] _matrix;
    private readonly float[]? _bias;
    private readonly string _activation;
    private readonly int _inputs, _outputs;

    private DenseLayer(float[] matrix, float[]? bias, string activation, int inputs, int outputs) =>
        (_matrix, _bias, _activation, _inputs, _outputs) = (matrix, bias, activation, inputs, outputs);

    /// <inheritdoc/>
    public override string Identity => Invariant($"dense {_inputs} {_outputs} {_activation} {Digest(_matrix, _bias)}");

    /// <inheritdoc/>
    public override int? Inputs => _inputs;

    /// <summary>Reads a layer.</summary>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="ModelFormatException">It cannot be run; the message says why.</exception>
    public static DenseLayer Read(ModelFolder folder)
    {
        (int inputs, int outputs, bool hasBias, string activation) = JsonFile.ReadObject(
            folder.Require(ModelFileNames.Config),
            root => (ReadSize(root, "in_features"), ReadSize(root, "out_features"), ReadHasBias(root), ReadActivation(root)));
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        return new DenseLayer(
            ReadWeight(checkpoint, "linear.weight", outputs, inputs),
            hasBias ? ReadWeight(checkpoint, "linear.bias", outputs) : null,
            activation,
            inputs,
            outputs);
    }

    /// <inheritdoc/>
    private protected override float[] Compute(float[] vector)
    {
        var result = new float[_outputs];
        for (int i = 0; i < result.Length; i++)
            result[i] = TensorPrimitives.Dot<float>(_matrix.AsSpan(i * _inputs, _inputs), vector);

        if (_bias is not null)
            TensorPrimitives.Add(result, _bias, result);

        Activations[_activation](result);
        return result;
    }

    private static bool ReadHasBias(JsonElement root) =>
        !(root.TryGetProperty("bias", out JsonElement value) && value.ValueKind == JsonValueKind.False);

    private static string ReadActivation(JsonElement root)
    {
        // The default in sentence-transformers is the hyperbolic tangent.
        string name = root.TryGetProperty("activation_function", out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? value.ToString().Split('.')[^1]
            : "Tanh";
        return Activations.ContainsKey(name)
            ? name
            : throw new ModelFormatException(
                $"the activation_function of a Dense module is {MessageText.Quote(value.ToString())}; supported: "
                + $"{string.Join(", ", Activations.Keys)}.");
    }
}
