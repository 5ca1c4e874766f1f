using System.Numerics;
using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>MPNet: <c>MPNetModel</c> in Hugging Face's transformers, in evaluation mode.</summary>
internal sealed class MpNet : Architecture
{
    /// <summary>
    ///   From the code of transformers, not from config.json: the padding id that positions are counted from, and how many rows
    ///   of the table of biases the distances are mapped to.
    /// </summary>
    private const int Padding = 1, Buckets = 32;

    /// <summary>Distances from this one on are in the last bucket on their side.</summary>
    private const int FarthestDistance = 128;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["mpnet"];

    /// <inheritdoc/>
    /// <remarks>The sizes are required; the rest has the defaults of Hugging Face's <c>MPNetConfig</c>.</remarks>
    public override Encoder Configure(ConfigReader config)
    {
        config.OneOf("hidden_act", ["gelu"], missing: "gelu");
        int hidden = config.Size("hidden_size"), heads = config.Heads("num_attention_heads", "hidden_size", hidden);
        int positions = config.Size("max_position_embeddings"), maxLength = positions - Padding - 1;
        if (maxLength < EmbeddingServiceOptions.SmallestMaxLength)
        {
            throw new ModelFormatException(
                $"max_position_embeddings ({positions}) leaves no room for tokens in {ModelFileNames.Config}.");
        }

        int rows = config.Integer("relative_attention_num_buckets", missing: Buckets, smallest: Buckets);
        return new Computation
        {
            VocabularySize = config.Size("vocab_size"),
            HiddenSize = hidden,
            LayerCount = config.Size("num_hidden_layers"),
            MaxLength = maxLength,
            Prefixes = ["mpnet.", string.Empty],
            Positions = PositionIds.FromPadding(Padding),
            PositionCount = positions,
            EachLayer = new PostNormLayer
            {
                Attention = new Attention(heads)
                {
                    Bias = new PositionBias(
                        "encoder.relative_attention_bias",
                        rows,
                        [.. Enumerable.Range(-FarthestDistance, (2 * FarthestDistance) + 1).Select(FindBucket)]),
                },
                Inner = config.Size("intermediate_size"),
                Norm = Norm.Layer(config.Epsilon("layer_norm_eps", missing: 1e-12f)),
                Projections = ("attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o"),
                AttentionNorm = "attention.LayerNorm",
                Products = ("intermediate.dense", "output.dense"),
                OutputNorm = "output.LayerNorm",
            },
        };
    }

    /// <summary>
    ///   The bucket of a distance, key minus query: 16 for each side, one for each distance below 8, and then two for each
    ///   doubling. <c>relative_position_bucket</c> in transformers' modeling_mpnet.py gives the same by logarithms.
    /// </summary>
    private static int FindBucket(int distance)
    {
        const int side = Buckets / 2, exact = side / 2;
        int size = Math.Abs(distance);

        // 8 + 2 log2(size / 8) is 2 + log2(size * size).
        int bucket = size < exact ? size : Math.Min(2 + BitOperations.Log2((uint)(size * size)), side - 1);
        return distance > 0 ? side + bucket : bucket;
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
            return net.Normalize(net.Add(words, places), "LayerNorm", EachLayer.Norm);
        }

        public override Value Layer(Net net, Value state, int layer) =>
            EachLayer.Compute(net.At($"encoder.layer.{layer}"), state);
    }
}
