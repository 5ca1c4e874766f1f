using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>
///   Nomic's BERT, with rotary positions and gated products: <c>NomicBertModel</c> in nomic-ai/nomic-bert-2048 and in Hugging
///   Face's transformers, in evaluation mode.
/// </summary>
internal sealed class NomicBert : Architecture
{
    private const string OnlyThis = "this form of the model cannot be run";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["nomic_bert"];

    /// <inheritdoc/>
    public override bool ComputesPositions => true;

    /// <inheritdoc/>
    /// <remarks>
    ///   Each value has a name in the model's own configuration, and another in transformers since version 5.
    /// </remarks>
    public override Encoder Configure(ConfigReader config)
    {
        foreach (string flag in (string[])["causal", "prenorm", "parallel_block", "use_rms_norm", "rotary_emb_interleaved",
            "scale_attn_by_inverse_layer_idx"])
            config.RequireNot(flag, OnlyThis);

        foreach (string value in (string[])["moe_every_n_layers", "rotary_emb_scale_base"])
            config.RequireNone(value, OnlyThis);

        string widthKey = config.Either("n_embd", "hidden_size");
        int hidden = config.Size(widthKey);
        int heads = config.Heads(config.Either("n_head", "num_attention_heads"), widthKey, hidden);
        int positions = config.ComputedPositions(config.Either("n_positions", "max_position_embeddings"));
        return new Computation
        {
            VocabularySize = config.Size("vocab_size"),
            HiddenSize = hidden,
            LayerCount = config.Size(config.Either("n_layer", "num_hidden_layers")),
            MaxLength = positions,
            Prefixes = ["bert.", string.Empty],
            TokenTypes = config.Integer("type_vocab_size", missing: 2, smallest: 0),
            Inner = config.Size(config.Either("n_inner", "intermediate_size")),
            Norm = Norm.Layer(config.Epsilon(config.Either("layer_norm_epsilon", "layer_norm_eps"), missing: 1e-12f)),
            Gate = config.OneOf(
                config.Either("activation_function", "hidden_act"), ["swiglu", "silu", "geglu", "glu"], missing: "swiglu") switch
            {
                "geglu" => Activation.Gelu,
                "glu" => Activation.Sigmoid,
                _ => Activation.Silu,
            },
            HasAttentionBias = config.Flag("qkv_proj_bias", missing: false),
            HasInnerBias = config.Flag("mlp_fc1_bias", missing: false),
            HasOuterBias = config.Flag("mlp_fc2_bias", missing: false),
            Attention = new Attention(heads) { Rotary = ReadRotary(config, hidden / heads, positions) },
        };
    }

    private static Rotary ReadRotary(ConfigReader config, int size, int positions)
    {
        int turned = (int)(size * config.Number("rotary_emb_fraction", missing: 1));
        Rotary rotary = RotaryConfig.Read(config, "rotary_emb_base", missing: 1000, turned, positions);
        return config.Has("rotary_scaling_factor")
            ? rotary with
            {
                Dynamic = new DynamicTheta(
                    config.Number("rotary_scaling_factor", missing: null),
                    config.Integer("max_trained_positions", missing: 2048, smallest: 1)),
            }
            : rotary;
    }

    private sealed class Computation : Encoder
    {
        public required int TokenTypes { get; init; }

        public required int Inner { get; init; }

        public required Norm Norm { get; init; }

        public required Activation Gate { get; init; }

        public required bool HasAttentionBias { get; init; }

        public required bool HasInnerBias { get; init; }

        public required bool HasOuterBias { get; init; }

        public required Attention Attention { get; init; }

        public override Value Embed(Net net, Value ids, Value positions)
        {
            Net embeddings = net.At("embeddings");
            Value state = embeddings.Lookup("word_embeddings", ids, VocabularySize, HiddenSize);

            // A snippet is a first segment, so only the first type is used.
            if (TokenTypes > 0)
                state = net.Add(state, embeddings.Lookup("token_type_embeddings", net.Zero, TokenTypes, HiddenSize));

            return net.Normalize(state, "emb_ln", Norm);
        }

        public override Value Layer(Net net, Value state, int layer)
        {
            net = net.At($"encoder.layers.{layer}");
            Value[] parts = net.Split(
                net.Linear(state, new Projection("attn.Wqkv", 3 * HiddenSize, HasAttentionBias))[0],
                HiddenSize,
                HiddenSize,
                HiddenSize);
            Value context = net.Attend(parts[0], parts[1], parts[2], Attention);
            Value attended = net.Linear(context, new Projection("attn.out_proj", HiddenSize, HasAttentionBias))[0];
            state = net.Normalize(net.Add(attended, state), "norm1", Norm);
            Value[] inner = net.Linear(
                state, new Projection("mlp.fc11", Inner, HasInnerBias), new Projection("mlp.fc12", Inner, HasInnerBias));
            Value gated = net.Multiply(inner[0], net.Activate(inner[1], Gate));
            Value outer = net.Linear(gated, new Projection("mlp.fc2", HiddenSize, HasOuterBias))[0];
            return net.Normalize(net.Add(outer, state), "norm2", Norm);
        }
    }
}
