using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>
///   BERT, and the models with the same computation that count positions differently: <c>BertModel</c>,
///   <c>RobertaModel</c>, <c>XLMRobertaModel</c> and <c>CamembertModel</c> in Hugging Face's transformers, in evaluation mode.
/// </summary>
internal sealed class Bert : Architecture
{
    private const string Plain = "bert";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = [Plain, "roberta", "xlm-roberta", "camembert"];

    /// <inheritdoc/>
    public override bool IsMeant(ConfigReader config) => !config.Says(JinaBert.PositionKey, JinaBert.Alibi);

    /// <inheritdoc/>
    /// <remarks>The sizes are required; the rest has the defaults of Hugging Face's configuration classes.</remarks>
    public override Encoder Configure(ConfigReader config)
    {
        // BERT counts positions from 0, the others from the id after the padding.
        bool isPlain = config.ModelType() == Plain;
        config.OneOf("hidden_act", ["gelu"], missing: "gelu");
        config.OneOf(JinaBert.PositionKey, ["absolute"], missing: "absolute");
        config.RequireNot("is_decoder", "only encoders can be run");
        config.RequireNot("add_cross_attention", "only encoders can be run");
        int positions = config.Size("max_position_embeddings");
        int padding = isPlain ? -1 : config.Integer("pad_token_id", missing: 1, smallest: 0);
        int hidden = config.Size("hidden_size"), heads = config.Heads("num_attention_heads", "hidden_size", hidden);
        if (positions - (long)padding - 1 < EmbeddingServiceOptions.SmallestMaxLength)
        {
            throw new ModelFormatException(
                $"max_position_embeddings ({positions}) leaves no room for tokens"
                + $"{(isPlain ? string.Empty : $" after pad_token_id ({padding})")} in {ModelFileNames.Config}.");
        }

        return new Computation
        {
            VocabularySize = config.Size("vocab_size"),
            HiddenSize = hidden,
            LayerCount = config.Size("num_hidden_layers"),
            MaxLength = positions - padding - 1,
            Prefixes = [isPlain ? "bert." : "roberta.", string.Empty],
            Positions = isPlain ? PositionIds.FromZero : PositionIds.FromPadding(padding),
            PositionCount = positions,
            TokenTypes = config.Integer("type_vocab_size", missing: 2, smallest: 1),
            EachLayer = new PostNormLayer
            {
                Attention = new Attention(heads),
                Inner = config.Size("intermediate_size"),
                Norm = Norm.Layer(config.Epsilon("layer_norm_eps", missing: 1e-12f)),
                Projections = (
                    "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"),
                AttentionNorm = "attention.output.LayerNorm",
                Products = ("intermediate.dense", "output.dense"),
                OutputNorm = "output.LayerNorm",
            },
        };
    }

    private sealed class Computation : Encoder
    {
        public required int PositionCount { get; init; }

        public required int TokenTypes { get; init; }

        public required PostNormLayer EachLayer { get; init; }

        public override Value Embed(Net net, Value ids, Value positions)
        {
            net = net.At("embeddings");
            Value words = net.Lookup("word_embeddings", ids, VocabularySize, HiddenSize);
            Value places = net.Lookup("position_embeddings", positions, PositionCount, HiddenSize);

            // A snippet is a first segment, so only the first type is used.
            Value type = net.Lookup("token_type_embeddings", net.Zero, TokenTypes, HiddenSize);
            return net.Normalize(net.Add(net.Add(words, type), places), "LayerNorm", EachLayer.Norm);
        }

        public override Value Layer(Net net, Value state, int layer) =>
            EachLayer.Compute(net.At($"encoder.layer.{layer}"), state);
    }
}
