namespace CodeEmbed.Onnx.Layers;

/// <summary>An encoder: its sizes, and its computation in the words of <see cref="Net"/>.</summary>
/// <remarks>
///   The computation is run by several nets: one takes note of the weights, one writes the graph, one writes the graph of a layer
///   for calibration. So it must use the same weights in the same order each time, and depend on nothing but the encoder.
/// </remarks>
internal abstract class Encoder
{
    /// <summary>The number of ids that the word embeddings have a row for.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The width of the hidden state.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The number of layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>
    ///   How many tokens it can see, the special ones included; <see langword="null"/> where nothing limits them.
    /// </summary>
    public int? MaxLength { get; init; }

    /// <summary>
    ///   What transformers may put before the names of the weights, as for a model with a head; the first that fits is taken.
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
