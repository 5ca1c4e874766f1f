using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Onnx.Pooling;

/// <summary>A layer after pooling: one of the modules in sentence-transformers, in float32.</summary>
internal abstract class HeadLayer
{
    /// <summary>Identifies its computation and weights, for the fingerprint.</summary>
    public abstract string Identity { get; }

    /// <summary>The length of its input; <see langword="null"/> for any.</summary>
    public abstract int? Inputs { get; }

    /// <summary>Applies it.</summary>
    /// <param name="vector">The vector, [in].</param>
    /// <returns>The vector, [out].</returns>
    /// <exception cref="ModelFormatException">The vector has the wrong length.</exception>
    public float[] Apply(float[] vector) => Inputs is { } inputs && inputs != vector.Length
        ? throw new ModelFormatException(
            $"a module in {ModelFileNames.Modules} takes {inputs} numbers, but its input has {vector.Length}.")
        : Compute(vector);

    /// <summary>Applies it to a vector of the right length, which may be overwritten.</summary>
    private protected abstract float[] Compute(float[] vector);

    /// <summary>Reads a layer.</summary>
    /// <param name="type">Its type in modules.json.</param>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="ModelFormatException">It cannot be run; the message says why.</exception>
    public static HeadLayer Read(string type, ModelFolder folder) => type switch
    {
        ModelModule.Normalize => new ScalingLayer(),
        ModelModule.LayerNorm => LayerNormLayer.Read(folder),
        _ => DenseLayer.Read(folder),
    };

    /// <summary>Checks that a module changes the vector of a text, and not those of its tokens.</summary>
    /// <param name="folder">The module's folder.</param>
    /// <exception cref="ModelFormatException">Its config.json says something else.</exception>
    public static void RequireTextVector(ModelFolder folder)
    {
        if (folder.Find(ModelFileNames.Config) is not { } path)
            return;

        foreach (string key in (string[])["module_input_name", "module_output_name"])
        {
            string? name = JsonFile.ReadObject(
                path, root => root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null
                    ? value.ToString()
                    : null);
            if (name is not (null or "sentence_embedding"))
            {
                throw new ModelFormatException(
                    $"{key} is {MessageText.Quote(name)} in the {ModelFileNames.Config} of a module; supported: "
                    + "sentence_embedding.");
            }
        }
    }

    /// <summary>A size in a module's config.json.</summary>
    public static int ReadSize(JsonElement config, string key) =>
        config.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out int size) && size > 0
            ? size
            : throw new ModelFormatException(
                $"{key} is missing in the {ModelFileNames.Config} of a module, or is not an integer above 0.");

    /// <summary>A weight of a module.</summary>
    private protected static unsafe float[] ReadWeight(Checkpoint checkpoint, string name, params long[] shape)
    {
        if (!checkpoint.Tensors.TryGetValue(name, out CheckpointTensor? tensor))
            throw new ModelFormatException($"the weight {MessageText.Quote(name)} is missing in {checkpoint.Name}.");

        if (!tensor.Shape.SequenceEqual(shape) || !TensorConverter.CanConvert(tensor.Type))
        {
            throw new ModelFormatException(
                $"the weight {MessageText.Quote(name)} in {checkpoint.Name} is {MessageText.Shorten(tensor.Type.Name)} "
                + $"[{MessageText.Shorten(string.Join(", ", tensor.Shape))}], and must be numbers "
                + $"[{string.Join(", ", shape)}].");
        }

        var values = new float[tensor.Count];
        fixed (float* target = values)
            TensorConverter.Copy(tensor, target);

        return values;
    }

    /// <summary>A digest of weights.</summary>
    private protected static string Digest(params float[]?[] weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (float[]? values in weights)
            hash.AppendData(MemoryMarshal.AsBytes<float>(values));

        return Convert.ToHexString(hash.GetHashAndReset())[..16].ToLowerInvariant();
    }

    /// <summary>Scales to length 1: <c>Normalize</c>.</summary>
    private sealed class ScalingLayer : HeadLayer
    {
        public override string Identity => "normalize";

        public override int? Inputs => null;

        private protected override float[] Compute(float[] vector)
        {
            PoolingHead.Scale(vector);
            return vector;
        }
    }
}
