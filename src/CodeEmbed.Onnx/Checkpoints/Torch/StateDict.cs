using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Checkpoints.Torch;

/// <summary>The content of the pickle in a torch file.</summary>
internal static class StateDict
{
    /// <summary>The tensors of an unpickled state dict; everything else in it is ignored.</summary>
    /// <exception cref="ModelFormatException">The value is not a dictionary with tensors in it.</exception>
    public static IEnumerable<KeyValuePair<string, TorchTensor>> Tensors(object? unpickled, string fileName)
    {
        if (unpickled is not Dictionary<string, object?> dictionary)
        {
            throw new ModelFormatException(
                $"{fileName} holds {Describe(unpickled)} instead of a state dict. Save model.state_dict() with torch.save.");
        }

        if (dictionary.Count == 0)
            return [];

        var tensors = new List<KeyValuePair<string, TorchTensor>>();
        foreach ((string name, object? value) in dictionary)
        {
            if (value is TorchTensor tensor)
                tensors.Add(new(name, tensor));
        }

        // A training checkpoint has the state dict under a key, next to the optimizer's state and counters, which may be
        // tensors.
        string keys = MessageText.QuoteList(dictionary.Keys);
        (string key, object? inner) = dictionary.MaxBy(entry => CountTensors(entry.Value));
        if (CountTensors(inner) > tensors.Count)
        {
            throw new ModelFormatException(
                $"{fileName} is a training checkpoint with the keys {keys}; its state dict is under {MessageText.Quote(key)}. "
                + $"Save that alone: torch.save(torch.load(path)[{MessageText.Quote(key)}], path).");
        }

        return tensors.Count > 0
            ? tensors
            : throw new ModelFormatException(
                $"{fileName} has no tensors, only the keys {keys}. Save model.state_dict() with torch.save.");
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
