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
        return tensors.Length > 0 || dictionary.Count == 0 ? tensors : throw NoTensors(dictionary, fileName);
    }

    /// <summary>A training checkpoint keeps the state dict under a key, beside the optimizer's state and counters.</summary>
    private static ModelFormatException NoTensors(Dictionary<string, object?> dictionary, string fileName)
    {
        string keys = MessageText.QuoteList(dictionary.Keys);
        (string Key, int Tensors)[] inner =
        [
            .. dictionary
                .Select(entry => (entry.Key, Tensors: entry.Value is Dictionary<string, object?> values ? values.Values.Count(value => value is TorchTensor) : 0))
                .Where(entry => entry.Tensors > 0)
                .OrderByDescending(entry => entry.Tensors),
        ];
        return new ModelFormatException(inner is [(var key, _), ..]
            ? $"{fileName} is a training checkpoint with the keys {keys}; its state dict is under {MessageText.Quote(key)}. "
                + $"Save that alone: torch.save(torch.load(path)[{MessageText.Quote(key)}], path)."
            : $"{fileName} holds no tensors, but the keys {keys}. Save model.state_dict() with torch.save.");
    }

    private static string Describe(object? value) => value switch
    {
        TorchTensor => "one tensor",
        List<object?> => "a list",
        object?[] => "a tuple",
        _ => "a single value",
    };
}
