using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>DistilBERT: <c>DistilBertModel</c> in Hugging Face's transformers, in evaluation mode.</summary>
internal sealed class DistilBert : Architecture
{
    /// <summary>From the code of transformers, not from config.json.</summary>
    private static readonly Norm Norm = Norm.Layer(1e-12f);

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["distilbert"];

    /// <inheritdoc/>
    public override Encoder Configure(ConfigReader config)
    {
        // Positions that were computed as sines are stored in the checkpoint like learned ones.
        config.OneOf("activation", ["gelu"], missing: "gelu");
        int width = config.Size("dim"), heads = config.Heads("n_heads", "dim", width);
        int positions = config.Size("max_position_embeddings");
        return new Computation
        {
            VocabularySize = config.Size("vocab_size"),
            HiddenSize = width,
            LayerCount = config.Size("n_layers"),
            MaxLength = positions,
            Prefixes = ["distilbert.", string.Empty],
            PositionCount = positions,
            EachLayer = new PostNormLayer
            {
                Attention = new Attention(heads),
                Inner = config.Size("hidden_dim"),
                Norm = Norm,
                Projections = ("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"),
                AttentionNorm = "sa_layer_norm",
                Products = ("ffn.lin1", "ffn.lin2"),
                OutputNorm = "output_layer_norm",
            },
        };
    }

    private sealed class Computation : Encoder
    {
        public required int PositionCount { get; init; }

        public required PostNormLayer EachLayer { get; init; }

        public override Value Embed(Net net, Value ids, Value positions)
        {
            net = net.At("embeddings");
            Value words = net.Lookup("word_embeddings", ids, VocabularySize, HiddenSize);
            Value places = net.Lookup("position_embeddings", positions, PositionCount, HiddenSize);
            return net.Normalize(net.Add(words, places), "LayerNorm", Norm);
        }

        public override Value Layer(Net net, Value state, int layer) =>
            EachLayer.Compute(net.At($"transformer.layer.{layer}"), state);
    }
}
