using System.Numerics.Tensors;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;
using static System.FormattableString;

namespace CodeEmbed.Onnx.Pooling;

/// <summary>A layer normalisation (arXiv:1607.06450): <c>LayerNorm</c> in sentence-transformers.</summary>
internal sealed class LayerNormLayer : HeadLayer
{
    /// <summary>The default in torch.</summary>
    private const float Epsilon = 1e-5f;

    private readonly float[] _weight, _bias;

    private LayerNormLayer(float[] weight, float[] bias) => (_weight, _bias) = (weight, bias);

    /// <inheritdoc/>
    public override string Identity => Invariant($"layer_norm {_weight.Length} {Digest(_weight, _bias)}");

    /// <inheritdoc/>
    public override int? Inputs => _weight.Length;

    /// <summary>Reads a layer.</summary>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="ModelFormatException">It cannot be run; the message says why.</exception>
    public static LayerNormLayer Read(ModelFolder folder)
    {
        int width = JsonFile.ReadObject(folder.Require(ModelFileNames.Config), root => ReadSize(root, "dimension"));
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        return new LayerNormLayer(
            ReadWeight(checkpoint, "norm.weight", width), ReadWeight(checkpoint, "norm.bias", width));
    }

    /// <inheritdoc/>
    private protected override float[] Compute(float[] vector)
    {
        float mean = TensorPrimitives.Sum<float>(vector) / vector.Length;
        TensorPrimitives.Subtract(vector, mean, vector);
        float variance = TensorPrimitives.SumOfSquares<float>(vector) / vector.Length;
        TensorPrimitives.Divide(vector, MathF.Sqrt(variance + Epsilon), vector);
        TensorPrimitives.MultiplyAdd(vector, _weight, _bias, vector);
        return vector;
    }
}
