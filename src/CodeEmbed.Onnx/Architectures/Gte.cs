using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>
///   Alibaba's GTE, with rotary positions and gated products: <c>NewModel</c> in Alibaba-NLP/new-impl, in evaluation mode.
/// </summary>
internal sealed class Gte : Architecture
{
    private const string OnlyThis = "this form of the model cannot be run";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["new", "gte"];

    /// <inheritdoc/>
    public override bool ComputesPositions => true;

    /// <inheritdoc/>
    /// <remarks>The sizes are required; the rest has the defaults of <c>NewConfig</c>.</remarks>
    public override Encoder Configure(ConfigReader config)
    {
        config.OneOf("hidden_act", ["gelu"], missing: "gelu");
        config.OneOf("position_embedding_type", ["rope"], missing: "rope");
        config.OneOf("layer_norm_type", ["layer_norm"], missing: "layer_norm");
        config.RequireNot("logn_attention_scale", OnlyThis);
        config.RequireNot("logn_attention_clip1", OnlyThis);
        int hidden = config.Size("hidden_size"), heads = config.Heads("num_attention_heads", "hidden_size", hidden);
        int positions = config.ComputedPositions("max_position_embeddings");
        return new Computation
        {
            VocabularySize = config.Size("vocab_size"),
            HiddenSize = hidden,
            LayerCount = config.Size("num_hidden_layers"),
            MaxLength = positions,
            Prefixes = ["new.", string.Empty],
            TokenTypes = config.Integer("type_vocab_size", missing: 1, smallest: 0),
            Inner = config.Size("intermediate_size"),
            Norm = Norm.Layer(config.Epsilon("layer_norm_eps", missing: 1e-12f)),
            IsPacked = config.Flag("pack_qkv", missing: true),
            Attention = new Attention(heads) { Rotary = ReadRotary(config, hidden / heads, positions) },
        };
    }

    /// <summary>
    ///   "ntk" multiplies the base by the factor, and divides the angles by the factor to the power of 2 / d
    ///   (<c>NTKScalingRotaryEmbedding</c>): for texts of every length, but only if the factor is greater than 1.
    /// </summary>
    private static Rotary ReadRotary(ConfigReader config, int size, int positions)
    {
        double theta = config.Number("rope_theta", missing: 10000);
        if (config.Part("rope_scaling") is not { } scaling)
            return new Rotary(theta, size, positions);

        scaling.OneOf(scaling.Either("type", "rope_type"), ["ntk"], missing: null);
        scaling.RequireNone("mixed_b", OnlyThis);
        double factor = scaling.Number("factor", missing: null);
        return factor > 1
            ? new Rotary(theta * factor, size, positions) { Divisor = Math.Pow(factor, 2.0 / size) }
            : new Rotary(theta, size, positions);
    }

    private sealed class Computation : Encoder
    {
        public required int TokenTypes { get; init; }

        public required int Inner { get; init; }

        public required Norm Norm { get; init; }

        public required bool IsPacked { get; init; }

        public required Attention Attention { get; init; }

        public override Value Embed(Net net, Value ids, Value positions)
        {
            net = net.At("embeddings");
            Value state = net.Lookup("word_embeddings", ids, VocabularySize, HiddenSize);

            // A snippet is a first segment, so only the first type is used.
            if (TokenTypes > 0)
                state = net.Add(state, net.Lookup("token_type_embeddings", net.Zero, TokenTypes, HiddenSize));

            return net.Normalize(state, "LayerNorm", Norm);
        }

        public override Value Layer(Net net, Value state, int layer)
        {
            net = net.At($"encoder.layer.{layer}");
            Value[] parts = Project(net, state);
            Value context = net.Attend(parts[0], parts[1], parts[2], Attention);
            Value attended = net.Linear(context, new Projection("attention.o_proj", HiddenSize))[0];
            state = net.Normalize(net.Add(state, attended), "attn_ln", Norm);

            // The second half is the gate.
            Value[] inner = net.Split(
                net.Linear(state, new Projection("mlp.up_gate_proj", 2 * Inner, HasBias: false))[0], Inner, Inner);
            Value gated = net.Multiply(inner[0], net.Activate(inner[1], Activation.Gelu));
            Value outer = net.Linear(gated, new Projection("mlp.down_proj", HiddenSize))[0];
            return net.Normalize(net.Add(state, outer), "mlp_ln", Norm);
        }

        /// <summary>Query, key and value, from one matrix or from three.</summary>
        private Value[] Project(Net net, Value state) => IsPacked
            ? net.Split(
                net.Linear(state, new Projection("attention.qkv_proj", 3 * HiddenSize))[0], HiddenSize, HiddenSize, HiddenSize)
            : net.Linear(
                state,
                new("attention.q_proj", HiddenSize),
                new("attention.k_proj", HiddenSize),
                new("attention.v_proj", HiddenSize));
    }
}
