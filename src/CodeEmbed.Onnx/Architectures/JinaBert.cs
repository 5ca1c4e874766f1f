using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>
///   Jina's BERT, with scores that decrease with the distance and with gated products, in two forms: <c>JinaBertModel</c> in
///   jinaai/jina-bert-implementation, for the English models, and in jinaai/jina-bert-v2-qk-post-norm, for the code model. In
///   evaluation mode.
/// </summary>
/// <remarks>Both call themselves <c>bert</c>. The names of their weights distinguish them.</remarks>
internal sealed class JinaBert : Architecture
{
    /// <summary>The key that distinguishes it from BERT, and its value.</summary>
    public const string PositionKey = "position_embedding_type", Alibi = "alibi";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["bert"];

    /// <inheritdoc/>
    public override bool ComputesPositions => true;

    /// <inheritdoc/>
    public override bool IsMeant(ConfigReader config) => config.Says(PositionKey, Alibi);

    /// <inheritdoc/>
    public override Encoder Configure(ConfigReader config)
    {
        config.OneOf(PositionKey, [Alibi], missing: null);
        config.OneOf("hidden_act", ["gelu"], missing: "gelu");
        int hidden = config.Size("hidden_size"), heads = config.Heads("num_attention_heads", "hidden_size", hidden);
        string gate = config.OneOf("feed_forward_type", ["geglu", "reglu"], missing: null);
        return new Computation
        {
            VocabularySize = config.Size("vocab_size"),
            HiddenSize = hidden,
            LayerCount = config.Size("num_hidden_layers"),
            MaxLength = config.ComputedPositions("max_position_embeddings"),
            Prefixes = ["bert.", string.Empty],
            TokenTypes = config.Integer("type_vocab_size", missing: 2, smallest: 1),
            Inner = config.Size("intermediate_size"),
            Norm = Norm.Layer(config.Epsilon("layer_norm_eps", missing: 1e-12f)),
            Gate = gate == "reglu" ? Activation.Relu : Activation.Gelu,
            Attention = new Attention(heads) { IsAlibi = true },
            IsForCode = config.HasWeight("mlp.up_gated_layer.weight"),
            HasHeadNorms = config.HasWeight("attention.self.layer_norm_q.weight"),
        };
    }

    private sealed class Computation : Encoder
    {
        public required int TokenTypes { get; init; }

        public required int Inner { get; init; }

        public required Norm Norm { get; init; }

        public required Activation Gate { get; init; }

        public required Attention Attention { get; init; }

        public required bool IsForCode { get; init; }

        public required bool HasHeadNorms { get; init; }

        public override Value Embed(Net net, Value ids, Value positions)
        {
            net = net.At("embeddings");
            Value words = net.Lookup("word_embeddings", ids, VocabularySize, HiddenSize);

            // A snippet is a first segment, so only the first type is used.
            Value type = net.Lookup("token_type_embeddings", net.Zero, TokenTypes, HiddenSize);
            return net.Normalize(net.Add(words, type), "LayerNorm", Norm);
        }

        public override Value Layer(Net net, Value state, int layer)
        {
            net = net.At($"encoder.layer.{layer}");
            Value attended = Attend(net, state);
            return IsForCode ? ComputeForCode(net, state, attended) : ComputeEnglish(net, attended);
        }

        private Value Attend(Net net, Value state)
        {
            Value[] parts = net.Linear(
                state,
                new("attention.self.query", HiddenSize),
                new("attention.self.key", HiddenSize),
                new("attention.self.value", HiddenSize));
            if (HasHeadNorms)
            {
                // Normalizes all heads together.
                parts[0] = net.Normalize(parts[0], "attention.self.layer_norm_q", Norm);
                parts[1] = net.Normalize(parts[1], "attention.self.layer_norm_k", Norm);
            }

            Value context = net.Attend(parts[0], parts[1], parts[2], Attention);
            Value output = net.Linear(context, new Projection("attention.output.dense", HiddenSize))[0];
            return net.Normalize(net.Add(output, state), "attention.output.LayerNorm", Norm);
        }

        /// <summary>The form that adds the state before the layer a second time, and whose gate is the second half.</summary>
        private Value ComputeForCode(Net net, Value state, Value attended)
        {
            state = net.Normalize(net.Add(attended, state), "layer_norm_1", Norm);
            Value[] inner = net.Split(
                net.Linear(state, new Projection("mlp.up_gated_layer", 2 * Inner, HasBias: false))[0], Inner, Inner);
            Value gated = net.Multiply(inner[0], net.Activate(inner[1], Gate));
            Value outer = net.Linear(gated, new Projection("mlp.down_layer", HiddenSize))[0];
            return net.Normalize(net.Add(state, outer), "layer_norm_2", Norm);
        }

        /// <summary>The form whose gate is the first half.</summary>
        private Value ComputeEnglish(Net net, Value state)
        {
            Value[] inner = net.Split(
                net.Linear(state, new Projection("mlp.gated_layers", 2 * Inner, HasBias: false))[0], Inner, Inner);
            Value gated = net.Multiply(net.Activate(inner[0], Gate), inner[1]);
            Value outer = net.Linear(gated, new Projection("mlp.wo", HiddenSize))[0];
            return net.Normalize(net.Add(state, outer), "mlp.layernorm", Norm);
        }
    }
}
