using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>ModernBERT (arXiv:2412.13663): <c>ModernBertModel</c> in Hugging Face's transformers, in evaluation mode.</summary>
internal sealed class ModernBert : Architecture
{
    private const string Global = "full_attention", Local = "sliding_attention";

    private const string GlobalTheta = "global_rope_theta", LocalTheta = "local_rope_theta";

    private const double DefaultGlobalTheta = 160000;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["modernbert"];

    /// <inheritdoc/>
    public override bool ComputesPositions => true;

    /// <inheritdoc/>
    /// <remarks>The sizes are required; the rest has the defaults of Hugging Face's <c>ModernBertConfig</c>.</remarks>
    public override Encoder Configure(ConfigReader config)
    {
        int hidden = config.Size("hidden_size"), heads = config.Heads("num_attention_heads", "hidden_size", hidden);
        int layers = config.Size("num_hidden_layers"), positions = config.ComputedPositions("max_position_embeddings");
        Attention Attention(string kind, string thetaKey, double theta) => new(heads)
        {
            Rotary = RotaryConfig.Read(config, kind, thetaKey, theta, isScaled: true, hidden / heads, positions),
        };

        // The window is the width of both sides together.
        int reach = config.Integer("local_attention", missing: 128, smallest: 0) / 2;
        return new Computation
        {
            VocabularySize = config.Size("vocab_size"),
            HiddenSize = hidden,
            LayerCount = layers,
            MaxLength = positions,
            Prefixes = ["model.", string.Empty],
            Inner = config.Size("intermediate_size"),
            Norm = Norm.Layer(
                (float)config.Number("norm_eps", missing: 1e-5), config.Flag("norm_bias", missing: false)),
            Gate = config.OneOf(
                "hidden_activation", ["gelu", "silu", "gelu_pytorch_tanh"], missing: "gelu") switch
            {
                "silu" => Activation.Silu,
                "gelu_pytorch_tanh" => Activation.GeluTanh,
                _ => Activation.Gelu,
            },
            HasAttentionBias = config.Flag("attention_bias", missing: false),
            HasInnerBias = config.Flag("mlp_bias", missing: false),
            IsGlobal = ReadKinds(config, layers),
            GlobalAttention = Attention(Global, GlobalTheta, DefaultGlobalTheta),

            // A base of null means the base of the other layers.
            LocalAttention = (config.IsNull(LocalTheta)
                ? Attention(Local, GlobalTheta, DefaultGlobalTheta)
                : Attention(Local, LocalTheta, 10000)) with { Before = reach, After = reach },
        };
    }

    private static bool[] ReadKinds(ConfigReader config, int layers)
    {
        if (config.Layers("layer_types", layers, [Global, Local]) is { } kinds)
            return [.. kinds.Select(kind => kind == Global)];

        int every = config.Integer("global_attn_every_n_layers", missing: 3, smallest: 1);
        return [.. Enumerable.Range(0, layers).Select(layer => layer % every == 0)];
    }

    private sealed class Computation : Encoder
    {
        public required int Inner { get; init; }

        public required Norm Norm { get; init; }

        public required Activation Gate { get; init; }

        public required bool HasAttentionBias { get; init; }

        public required bool HasInnerBias { get; init; }

        public required bool[] IsGlobal { get; init; }

        public required Attention GlobalAttention { get; init; }

        public required Attention LocalAttention { get; init; }

        public override Value Embed(Net net, Value ids, Value positions)
        {
            net = net.At("embeddings");
            return net.Normalize(net.Lookup("tok_embeddings", ids, VocabularySize, HiddenSize), "norm", Norm);
        }

        public override Value Layer(Net net, Value state, int layer)
        {
            Net part = net.At($"layers.{layer}");

            // The embeddings are normalised already.
            Value input = layer == 0 ? state : part.Normalize(state, "attn_norm", Norm);
            Value[] parts = part.Split(
                part.Linear(input, new Projection("attn.Wqkv", 3 * HiddenSize, HasAttentionBias))[0],
                HiddenSize,
                HiddenSize,
                HiddenSize);
            Value context = part.Attend(
                parts[0], parts[1], parts[2], IsGlobal[layer] ? GlobalAttention : LocalAttention);
            state = part.Add(state, part.Linear(context, new Projection("attn.Wo", HiddenSize, HasAttentionBias))[0]);
            Value[] inner = part.Split(
                part.Linear(
                    part.Normalize(state, "mlp_norm", Norm), new Projection("mlp.Wi", 2 * Inner, HasInnerBias))[0],
                Inner,
                Inner);
            Value gated = part.Multiply(part.Activate(inner[0], Gate), inner[1]);
            state = part.Add(state, part.Linear(gated, new Projection("mlp.Wo", HiddenSize, HasInnerBias))[0]);
            return layer == LayerCount - 1 ? net.Normalize(state, "final_norm", Norm) : state;
        }
    }
}
