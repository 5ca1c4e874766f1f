namespace CodeEmbed.Onnx.Layers;

/// <summary>An encoder: its sizes, and its computation in the words of <see cref="Net"/>.</summary>
/// <remarks>
///   The computation is run by several nets: one records the weights, one writes the graph, one writes the graph of a layer
///   for calibration. So it must use the same weights in the same order each time, and depend on nothing but the encoder.
/// </remarks>
internal abstract class Encoder
{
    /// <summary>The number of ids for which the word embeddings have a row.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The width of the hidden state.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The number of layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>
    ///   How many tokens it can see, including the special ones; <see langword="null"/> if nothing limits them.
    /// </summary>
    public int? MaxLength { get; init; }

    /// <summary>
    ///   Prefixes that transformers may put before the weights' names, as in a model with a head; the first match is used.
    /// </summary>
    public IReadOnlyList<string> Prefixes { get; init; } = [string.Empty];

    /// <summary>How the positions of the tokens are counted.</summary>
    public PositionIds Positions { get; init; } = PositionIds.FromZero;

    /// <summary>Computes the state before the first layer, [tokens, hidden].</summary>
    /// <param name="net">What runs the computation.</param>
    /// <param name="ids">The token ids, [tokens].</param>
    /// <param name="positions">Their positions, [tokens].</param>
    public abstract Value Embed(Net net, Value ids, Value positions);

    /// <summary>Computes the state after a layer, [tokens, hidden].</summary>
    /// <param name="net">What runs the computation.</param>
    /// <param name="state">The state before it, [tokens, hidden].</param>
    /// <param name="layer">Which layer, from 0.</param>
    public abstract Value Layer(Net net, Value state, int layer);
}
