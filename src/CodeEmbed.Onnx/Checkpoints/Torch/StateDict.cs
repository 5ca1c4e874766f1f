using CodeEmbed.Errors;
using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Checkpoints.Torch;

/// <summary>What the pickle of a torch file holds.</summary>
internal static class StateDict
{
    /// <summary>The tensors of an unpickled state dict; what else stands in it is left out.</summary>
    /// <exception cref="ModelFormatException">The value is no dictionary with tensors in it.</exception>
    public static IEnumerable<KeyValuePair<string, TorchTensor>> Tensors(object? unpickled, string fileName)
    {
        if (unpickled is not Dictionary<string, object?> dictionary)
            throw new ModelFormatException($"{fileName} holds {Describe(unpickled)} and no state dict. Save model.state_dict() with torch.save.");

        KeyValuePair<string, TorchTensor>[] tensors =
            [.. dictionary.Where(entry => entry.Value is TorchTensor).Select(entry => KeyValuePair.Create(entry.Key, (TorchTensor)entry.Value!))];
        string keys = MessageText.QuoteList(dictionary.Keys);

        // A training checkpoint keeps the state dict under a key, beside the optimizer's state and counters, which may be tensors.
        (string inner, object? value) = dictionary.MaxBy(entry => CountTensors(entry.Value));
        if (CountTensors(value) > tensors.Length)
        {
            throw new ModelFormatException(
                $"{fileName} is a training checkpoint with the keys {keys}; its state dict is under {MessageText.Quote(inner)}. "
                + $"Save that alone: torch.save(torch.load(path)[{MessageText.Quote(inner)}], path).");
        }

        return tensors.Length > 0 || dictionary.Count == 0
            ? tensors
            : throw new ModelFormatException($"{fileName} holds no tensors, but the keys {keys}. Save model.state_dict() with torch.save.");
    }

    private static int CountTensors(object? value) =>
        value is Dictionary<string, object?> values ? values.Values.Count(inner => inner is TorchTensor) : 0;

    private static string Describe(object? value) => value switch
    {
        TorchTensor => "one tensor",
        List<object?> => "a list",
        object?[] => "a tuple",
        _ => "a single value",
    };
}
