using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>Gemma 3: <c>Gemma3TextModel</c> in Hugging Face's transformers, in evaluation mode.</summary>
internal sealed class Gemma : Architecture
{
    private const string Full = "full_attention", Sliding = "sliding_attention";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["gemma3_text"];

    /// <inheritdoc/>
    public override bool ComputesPositions => true;

    /// <inheritdoc/>
    /// <remarks>The sizes are required; the rest has the defaults of Hugging Face's <c>Gemma3TextConfig</c>.</remarks>
    public override Encoder Configure(ConfigReader config)
    {
        config.OneOf("hidden_activation", ["gelu_pytorch_tanh"], missing: "gelu_pytorch_tanh");
        config.RequireNone("attn_logit_softcapping", "scores that are capped cannot be run");
        int hidden = config.Size("hidden_size"), heads = config.Size("num_attention_heads");
        int size = config.Integer("head_dim", missing: 256, smallest: 2);
        int positions = config.ComputedPositions("max_position_embeddings"), layers = config.Size("num_hidden_layers");
        var attention = new Attention(heads)
        {
            KeyValueHeads = config.Heads("num_key_value_heads", "num_attention_heads", heads),
            Scale = (float)(1 / Math.Sqrt(config.Number("query_pre_attn_scalar", missing: 256))),
        };
        bool isCausal = !config.Flag("use_bidirectional_attention", missing: false);
        int window = config.Integer("sliding_window", missing: 4096, smallest: 1);

        // With both directions, the window is the width of both sides together; with one, it includes the token itself.
        Attention full = attention with
        {
            Rotary = RotaryConfig.Read(config, Full, "rope_theta", missing: 1e6, isScaled: true, size, positions),
            After = isCausal ? 0 : null,
        };
        Attention sliding = attention with
        {
            Rotary = RotaryConfig.Read(config, Sliding, "rope_local_base_freq", missing: 1e4, isScaled: false, size, positions),
            Before = isCausal ? window - 1 : window / 2,
            After = isCausal ? 0 : window / 2,
        };
        return new Computation
        {
            VocabularySize = config.Size("vocab_size"),
            HiddenSize = hidden,
            LayerCount = layers,
            MaxLength = positions,
            Prefixes = ["model.", string.Empty],
            HeadSize = size,
            Inner = config.Size("intermediate_size"),
            Norm = Norm.Rms(config.Epsilon("rms_norm_eps", missing: 1e-6f), addsOne: true),
            HasBias = config.Flag("attention_bias", missing: false),
            Attentions = [.. ReadKinds(config, layers).Select(isFull => isFull ? full : sliding)],
        };
    }

    private static IEnumerable<bool> ReadKinds(ConfigReader config, int layers)
    {
        if (config.Layers("layer_types", layers, [Full, Sliding]) is { } kinds)
            return kinds.Select(kind => kind == Full);

        int pattern = config.Integer(
            config.Either("_sliding_window_pattern", "sliding_window_pattern"), missing: 6, smallest: 1);
        return Enumerable.Range(1, layers).Select(layer => layer % pattern == 0);
    }

    private sealed class Computation : Encoder
    {
        public required int HeadSize { get; init; }

        public required int Inner { get; init; }

        public required Norm Norm { get; init; }

        public required bool HasBias { get; init; }

        public required Attention[] Attentions { get; init; }

        public override Value Embed(Net net, Value ids, Value positions) =>
            net.Scale(net.Lookup("embed_tokens", ids, VocabularySize, HiddenSize), MathF.Sqrt(HiddenSize));

        public override Value Layer(Net net, Value state, int layer)
        {
            Net part = net.At($"layers.{layer}");
            Attention attention = Attentions[layer];
            int width = attention.Heads * HeadSize, keyWidth = attention.KeyValueHeads * HeadSize;
            Value[] parts = part.Linear(
                part.Normalize(state, "input_layernorm", Norm),
                new Projection("self_attn.q_proj", width, HasBias),
                new Projection("self_attn.k_proj", keyWidth, HasBias),
                new Projection("self_attn.v_proj", keyWidth, HasBias));
            Value context = part.Attend(
                part.Normalize(parts[0], "self_attn.q_norm", Norm, HeadSize),
                part.Normalize(parts[1], "self_attn.k_norm", Norm, HeadSize),
                parts[2],
                attention);
            Value attended = part.Linear(context, new Projection("self_attn.o_proj", HiddenSize, HasBias))[0];
            state = part.Add(state, part.Normalize(attended, "post_attention_layernorm", Norm));
            Value[] inner = part.Linear(
                part.Normalize(state, "pre_feedforward_layernorm", Norm),
                new Projection("mlp.gate_proj", Inner, HasBias: false),
                new Projection("mlp.up_proj", Inner, HasBias: false));
            Value gated = part.Multiply(part.Activate(inner[0], Activation.GeluTanh), inner[1]);
            Value outer = part.Linear(gated, new Projection("mlp.down_proj", HiddenSize, HasBias: false))[0];
            state = part.Add(state, part.Normalize(outer, "post_feedforward_layernorm", Norm));
            return layer == LayerCount - 1 ? net.Normalize(state, "norm", Norm) : state;
        }
    }
}
