using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>
///   Qwen2 and Qwen3: <c>Qwen2Model</c> and <c>Qwen3Model</c> in Hugging Face's transformers, in evaluation mode.
/// </summary>
internal sealed class Qwen : Architecture
{
    private const string Second = "qwen2", Third = "qwen3", Full = "full_attention", Sliding = "sliding_attention";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = [Second, Third];

    /// <inheritdoc/>
    public override bool ComputesPositions => true;

    /// <inheritdoc/>
    /// <remarks>
    ///   Qwen2 has biases for query, key and value; Qwen3 normalizes the heads of query and key, and sets the width of its heads
    ///   separately. They are causal unless the file says otherwise (<c>is_causal</c>,
    ///   <c>use_bidirectional_attention</c>).
    /// </remarks>
    public override Encoder Configure(ConfigReader config)
    {
        bool isThird = config.ModelType() == Third;
        config.OneOf("hidden_act", ["silu"], missing: "silu");
        int hidden = config.Size("hidden_size"), heads = config.Size("num_attention_heads");
        int size = isThird || config.Has("head_dim") ? config.Integer("head_dim", missing: 128, smallest: 2)
            : hidden / config.Heads("num_attention_heads", "hidden_size", hidden);
        int keyValueHeads = config.Has("num_key_value_heads")
            ? config.Heads("num_key_value_heads", "num_attention_heads", heads)
            : heads;
        int positions = config.ComputedPositions("max_position_embeddings"), layers = config.Size("num_hidden_layers");
        bool isCausal = config.Flag("is_causal", missing: true)
            && !config.Flag("use_bidirectional_attention", missing: false);
        var attention = new Attention(heads)
        {
            KeyValueHeads = keyValueHeads,
            Rotary = RotaryConfig.Read(config, "rope_theta", missing: 10000, size, positions),
            After = isCausal ? 0 : null,
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
            Norm = Norm.Rms(config.Epsilon("rms_norm_eps", missing: 1e-6f)),
            HasBias = isThird ? config.Flag("attention_bias", missing: false) : true,
            HasOutputBias = isThird && config.Flag("attention_bias", missing: false),
            HasHeadNorms = isThird,
            Attentions = ReadAttentions(config, attention, layers),
        };
    }

    /// <summary>
    ///   The attention of each layer: some may be limited to a window, as given by <c>layer_types</c>, or else all those from
    ///   <c>max_window_layers</c> on.
    /// </summary>
    private static Attention[] ReadAttentions(ConfigReader config, Attention attention, int layers)
    {
        bool hasWindow = config.Flag("use_sliding_window", missing: false) && config.Has("sliding_window");
        Attention windowed = attention;
        if (hasWindow)
        {
            // The last token counts in a causal window. A window of both sides reaches that far on each, as in
            // sliding_window_bidirectional_overlay.
            int window = config.Integer("sliding_window", missing: null, smallest: 1);
            windowed = attention.After == 0
                ? attention with { Before = window - 1 }
                : attention with { Before = window, After = window };
        }

        if (config.Layers("layer_types", layers, hasWindow ? [Full, Sliding] : [Full]) is { } kinds)
            return [.. kinds.Select(kind => kind == Sliding ? windowed : attention)];

        int full = hasWindow ? config.Integer("max_window_layers", missing: 28, smallest: 0) : layers;
        return [.. Enumerable.Range(0, layers).Select(layer => layer >= full ? windowed : attention)];
    }

    private sealed class Computation : Encoder
    {
        public required int HeadSize { get; init; }

        public required int Inner { get; init; }

        public required Norm Norm { get; init; }

        public required bool HasBias { get; init; }

        public required bool HasOutputBias { get; init; }

        public required bool HasHeadNorms { get; init; }

        public required Attention[] Attentions { get; init; }

        public override Value Embed(Net net, Value ids, Value positions) =>
            net.Lookup("embed_tokens", ids, VocabularySize, HiddenSize);

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
            if (HasHeadNorms)
            {
                parts[0] = part.Normalize(parts[0], "self_attn.q_norm", Norm, HeadSize);
                parts[1] = part.Normalize(parts[1], "self_attn.k_norm", Norm, HeadSize);
            }

            Value context = part.Attend(parts[0], parts[1], parts[2], attention);
            state = part.Add(state, part.Linear(context, new Projection("self_attn.o_proj", HiddenSize, HasOutputBias))[0]);
            Value[] inner = part.Linear(
                part.Normalize(state, "post_attention_layernorm", Norm),
                new Projection("mlp.gate_proj", Inner, HasBias: false),
                new Projection("mlp.up_proj", Inner, HasBias: false));
            Value gated = part.Multiply(part.Activate(inner[0], Activation.Silu), inner[1]);
            state = part.Add(state, part.Linear(gated, new Projection("mlp.down_proj", HiddenSize, HasBias: false))[0]);
            return layer == LayerCount - 1 ? net.Normalize(state, "norm", Norm) : state;
        }
    }
}
