using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>
///   BERT, and the models that have its computation with other ways to count positions: <c>BertModel</c>,
///   <c>RobertaModel</c>, <c>XLMRobertaModel</c> and <c>CamembertModel</c> in Hugging Face's transformers, in evaluation mode.
/// </summary>
internal sealed class Bert : Architecture
{
    private const string Plain = "bert";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = [Plain, "roberta", "xlm-roberta", "camembert"];

    /// <inheritdoc/>
    /// <remarks>The sizes must be there; the rest has the defaults of Hugging Face's configuration classes.</remarks>
    public override Encoder Configure(ConfigReader config)
    {
        // BERT counts positions from 0, the others from the id after the padding.
        bool isPlain = config.ModelType() == Plain;
        config.OneOf("hidden_act", ["gelu"], missing: "gelu");
        config.OneOf("position_embedding_type", ["absolute"], missing: "absolute");
        config.RequireNot("is_decoder", "only encoders can be run");
        config.RequireNot("add_cross_attention", "only encoders can be run");
        int positions = config.Size("max_position_embeddings");
        int padding = isPlain ? -1 : config.Integer("pad_token_id", missing: 1, smallest: 0);
        int hidden = config.Size("hidden_size"), heads = config.Size("num_attention_heads");
        if (hidden % heads != 0)
        {
            throw new ModelFormatException(
                $"num_attention_heads ({heads}) does not divide hidden_size ({hidden}) in {ModelFileNames.Config}.");
        }

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
            Inner = config.Size("intermediate_size"),
            Attention = new Attention(heads),
            Norm = new Norm(config.Epsilon("layer_norm_eps", missing: 1e-12f)),
        };
    }

    private sealed class Computation : Encoder
    {
        public required int PositionCount { get; init; }

        public required int TokenTypes { get; init; }

        public required int Inner { get; init; }

        public required Attention Attention { get; init; }

        public required Norm Norm { get; init; }

        public override Value Embed(Net net, Value ids, Value positions)
        {
            net = net.At("embeddings");
            Value words = net.Lookup("word_embeddings", ids, VocabularySize, HiddenSize);
            Value places = net.Lookup("position_embeddings", positions, PositionCount, HiddenSize);

            // A snippet is a first segment, so that the first type is the only one that is used.
            Value type = net.Lookup("token_type_embeddings", net.Zero, TokenTypes, HiddenSize);
            return net.Normalize(net.Add(net.Add(words, type), places), "LayerNorm", Norm);
        }

        public override Value Layer(Net net, Value state, int layer)
        {
            net = net.At($"encoder.layer.{layer}");
            Value[] parts = net.Linear(
                state,
                new("attention.self.query", HiddenSize),
                new("attention.self.key", HiddenSize),
                new("attention.self.value", HiddenSize));
            Value context = net.Attend(parts[0], parts[1], parts[2], Attention);
            Value attended = net.Linear(context, new Projection("attention.output.dense", HiddenSize))[0];
            state = net.Normalize(net.Add(attended, state), "attention.output.LayerNorm", Norm);
            Value inner = net.Activate(net.Linear(state, new Projection("intermediate.dense", Inner))[0], Activation.Gelu);
            return net.Normalize(
                net.Add(net.Linear(inner, new Projection("output.dense", HiddenSize))[0], state), "output.LayerNorm", Norm);
        }
    }
}
