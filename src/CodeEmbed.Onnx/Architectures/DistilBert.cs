using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>DistilBERT: <c>DistilBertModel</c> in Hugging Face's transformers, in evaluation mode.</summary>
internal sealed class DistilBert : Architecture
{
    /// <summary>In the code of transformers, and not in config.json.</summary>
    private static readonly Norm Norm = new(Epsilon: 1e-12f);

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["distilbert"];

    /// <inheritdoc/>
    public override Encoder Configure(ConfigReader config)
    {
        // Positions that were computed as sines are in the checkpoint like those that were learned.
        config.OneOf("activation", ["gelu"], missing: "gelu");
        int width = config.Size("dim"), heads = config.Size("n_heads"), positions = config.Size("max_position_embeddings");
        if (width % heads != 0)
            throw new ModelFormatException($"n_heads ({heads}) does not divide dim ({width}) in {ModelFileNames.Config}.");

        return new Computation
        {
            VocabularySize = config.Size("vocab_size"),
            HiddenSize = width,
            LayerCount = config.Size("n_layers"),
            MaxLength = positions,
            Prefixes = ["distilbert.", string.Empty],
            PositionCount = positions,
            Inner = config.Size("hidden_dim"),
            Attention = new Attention(heads),
        };
    }

    private sealed class Computation : Encoder
    {
        public required int PositionCount { get; init; }

        public required int Inner { get; init; }

        public required Attention Attention { get; init; }

        public override Value Embed(Net net, Value ids, Value positions)
        {
            net = net.At("embeddings");
            Value words = net.Lookup("word_embeddings", ids, VocabularySize, HiddenSize);
            Value places = net.Lookup("position_embeddings", positions, PositionCount, HiddenSize);
            return net.Normalize(net.Add(words, places), "LayerNorm", Norm);
        }

        public override Value Layer(Net net, Value state, int layer)
        {
            net = net.At($"transformer.layer.{layer}");
            Value[] parts = net.Linear(
                state,
                new("attention.q_lin", HiddenSize),
                new("attention.k_lin", HiddenSize),
                new("attention.v_lin", HiddenSize));
            Value context = net.Attend(parts[0], parts[1], parts[2], Attention);
            Value attended = net.Linear(context, new Projection("attention.out_lin", HiddenSize))[0];
            state = net.Normalize(net.Add(attended, state), "sa_layer_norm", Norm);
            Value inner = net.Activate(net.Linear(state, new Projection("ffn.lin1", Inner))[0], Activation.Gelu);
            return net.Normalize(
                net.Add(net.Linear(inner, new Projection("ffn.lin2", HiddenSize))[0], state), "output_layer_norm", Norm);
        }
    }
}
