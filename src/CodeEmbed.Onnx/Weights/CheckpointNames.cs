using CodeEmbed.Errors;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Onnx.Weights;

/// <summary>
///   Finds an encoder's weights in a checkpoint by their names there, which may have a prefix from a program that wraps the
///   encoder, such as a model with a head, sentence-transformers or torch's DataParallel, or the older names of a
///   normalisation.
/// </summary>
internal sealed class CheckpointNames
{
    private readonly Checkpoint _checkpoint;
    private readonly string _prefix;

    /// <summary>Finds the prefix of the encoder's names.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="first">The name of the encoder's first weight, by which the encoder is found.</param>
    /// <param name="prefixes">The prefixes of the architecture itself, which take precedence over others.</param>
    /// <exception cref="ModelFormatException">The checkpoint holds no such encoder, or several.</exception>
    public CheckpointNames(Checkpoint checkpoint, string first, IReadOnlyList<string> prefixes)
    {
        _checkpoint = checkpoint;
        _prefix = FindPrefix(checkpoint, first, prefixes);
    }

    /// <summary>A weight of the encoder.</summary>
    /// <param name="name">Its name without a prefix.</param>
    /// <exception cref="ModelFormatException">It is missing; the message lists names that the checkpoint has.</exception>
    public CheckpointTensor Find(string name)
    {
        IReadOnlyDictionary<string, CheckpointTensor> tensors = _checkpoint.Tensors;
        return tensors.TryGetValue(_prefix + name, out CheckpointTensor? tensor) || tensors.TryGetValue(
            _prefix + OlderName(name), out tensor)
            ? tensor
            : throw Missing(_checkpoint, _prefix + name);
    }

    /// <summary>
    ///   The name that TensorFlow's checkpoints gave the scale and the shift of a normalisation; transformers reads both.
    /// </summary>
    private static string OlderName(string name) => name
        .Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
        .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);

    private static string FindPrefix(Checkpoint checkpoint, string first, IReadOnlyList<string> known)
    {
        if (known.FirstOrDefault(prefix => checkpoint.Tensors.ContainsKey(prefix + first)) is { } found)
            return found;

        string[] prefixes =
        [
            .. checkpoint.Tensors.Keys
                .Where(name => name.EndsWith("." + first, StringComparison.Ordinal))
                .Select(name => name[..^first.Length])
                .Order(StringComparer.Ordinal),
        ];
        return prefixes switch
        {
            [var only] => only,
            [] => throw Missing(checkpoint, first),
            _ => throw new ModelFormatException(
                $"the weights hold several encoders, under {MessageText.QuoteList(prefixes)}. "
                + "Save the one to use alone, without the prefix."),
        };
    }

    private static ModelFormatException Missing(Checkpoint checkpoint, string name)
    {
        // The most useful names are those similar to the missing one: the same weight elsewhere, or else the first in the file.
        string last = name[(name.LastIndexOf('.', name.LastIndexOf('.') - 1) + 1)..];
        string[] all = [.. checkpoint.Tensors.Keys];
        string[] alike = [.. all.Where(other => other.EndsWith(last, StringComparison.Ordinal))];
        string names = alike.Length > 0
            ? $"similar are {MessageText.QuoteList(alike)}"
            : $"there are {MessageText.QuoteList(all)}";
        return new ModelFormatException(
            $"the weight {MessageText.Quote(name)} is missing in {checkpoint.Name}; of its {all.Length} names, {names}.");
    }
}
