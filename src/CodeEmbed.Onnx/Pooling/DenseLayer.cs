using System.Numerics.Tensors;
using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;
using static System.FormattableString;

namespace CodeEmbed.Onnx.Pooling;

/// <summary>
///   A product with a matrix, a bias, an activation and an optional residual: <c>Dense</c> in sentence-transformers.
/// </summary>
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
    private readonly float[]? _bias, _residual;
    private readonly DenseConfig _config;

    /// <param name="config">The configuration.</param>
    /// <param name="matrix">The matrix, [out, in].</param>
    /// <param name="bias">The bias, [out]; <see langword="null"/> for none.</param>
    /// <param name="residual">
    ///   The matrix for the residual, [out, in]; <see langword="null"/> if the input itself is added, or nothing.
    /// </param>
    private DenseLayer(DenseConfig config, float[] matrix, float[]? bias, float[]? residual) =>
        (_config, _matrix, _bias, _residual) = (config, matrix, bias, residual);

    /// <inheritdoc/>
    public override string Identity => Invariant($"dense {_config.Inputs} {_config.Outputs} {_config.Activation} ")
        + (_config.HasResidual ? "residual " : string.Empty)
        + (_residual is null ? Digest(_matrix, _bias) : Digest(_matrix, _bias, _residual));

    /// <inheritdoc/>
    public override int? Inputs => _config.Inputs;

    /// <summary>Reads a layer.</summary>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="ModelFormatException">It cannot be run; the message says why.</exception>
    public static DenseLayer Read(ModelFolder folder)
    {
        DenseConfig config = JsonFile.ReadObject(folder.Require(ModelFileNames.Config), ReadConfig);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        return new DenseLayer(
            config,
            ReadWeight(checkpoint, "linear.weight", config.Outputs, config.Inputs),
            config.HasBias ? ReadWeight(checkpoint, "linear.bias", config.Outputs) : null,
            config.HasResidual && config.Inputs != config.Outputs
                ? ReadWeight(checkpoint, "residual.weight", config.Outputs, config.Inputs)
                : null);
    }

    /// <inheritdoc/>
    private protected override float[] Compute(float[] vector)
    {
        float[] result = Multiply(_matrix, vector);
        if (_bias is not null)
            TensorPrimitives.Add(result, _bias, result);

        Activations[_config.Activation](result);
        if (_config.HasResidual)
            TensorPrimitives.Add(result, _residual is null ? vector : Multiply(_residual, vector), result);

        return result;
    }

    private float[] Multiply(float[] matrix, float[] vector)
    {
        var result = new float[_config.Outputs];
        for (int i = 0; i < result.Length; i++)
            result[i] = TensorPrimitives.Dot<float>(matrix.AsSpan(i * _config.Inputs, _config.Inputs), vector);

        return result;
    }

    private static DenseConfig ReadConfig(JsonElement root) => new(
        ReadSize(root, "in_features"),
        ReadSize(root, "out_features"),
        !Is(root, "bias", JsonValueKind.False),
        ReadActivation(root),
        Is(root, "use_residual", JsonValueKind.True));

    private static bool Is(JsonElement root, string key, JsonValueKind kind) =>
        root.TryGetProperty(key, out JsonElement value) && value.ValueKind == kind;

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

    private sealed record DenseConfig(int Inputs, int Outputs, bool HasBias, string Activation, bool HasResidual);
}
