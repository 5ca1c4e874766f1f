using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Checkpoints.Torch;

/// <summary>What the pickle of a torch file holds.</summary>
internal static class StateDict
{
    /// <summary>The tensors of an unpickled state dict; what else stands in it is left out.</summary>
    /// <exception cref="ModelFormatException">The value is no dictionary.</exception>
    public static IEnumerable<KeyValuePair<string, TorchTensor>> Tensors(object? unpickled, string fileName)
    {
        if (unpickled is not Dictionary<string, object?> dictionary)
            throw new ModelFormatException($"{fileName} holds no state dict.");

        foreach ((string name, object? value) in dictionary)
        {
            if (value is TorchTensor tensor)
                yield return new(name, tensor);
        }
    }
}
