using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Weights;

/// <summary>The names that Hugging Face's <c>RobertaModel</c> gives its weights, and their shapes.</summary>
internal static class RobertaNames
{
    public const string WordEmbeddings = "embeddings.word_embeddings.weight";
    public const string PositionEmbeddings = "embeddings.position_embeddings.weight";
    public const string TokenTypeEmbeddings = "embeddings.token_type_embeddings.weight";
    public const string EmbeddingNorm = "embeddings.LayerNorm";
    public const string Query = "attention.self.query";
    public const string Key = "attention.self.key";
    public const string Value = "attention.self.value";
    public const string AttentionOutput = "attention.output.dense";
    public const string AttentionNorm = "attention.output.LayerNorm";
    public const string Intermediate = "intermediate.dense";
    public const string Output = "output.dense";
    public const string OutputNorm = "output.LayerNorm";

    /// <summary>The name of a part of a layer; layers are counted from 0.</summary>
    public static string InLayer(int layer, string part) => $"encoder.layer.{layer}.{part}";

    /// <summary>The matrix of a linear part, or the scale of a normalisation.</summary>
    public static string Weight(string part) => part + ".weight";

    /// <summary>The bias of a linear part or a normalisation.</summary>
    public static string Bias(string part) => part + ".bias";

    /// <summary>Every weight of the encoder and its shape; a matrix is [out, in], as torch keeps it.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Shapes(RobertaConfig config)
    {
        foreach ((string Name, long[] Shape) entry in EmbeddingShapes(config))
            yield return entry;

        for (int layer = 0; layer < config.Layers; layer++)
        {
            foreach ((string Name, long[] Shape) entry in LayerShapes(config, layer))
                yield return entry;
        }
    }

    /// <summary>The weights of the embeddings and their shapes.</summary>
    public static IEnumerable<(string Name, long[] Shape)> EmbeddingShapes(RobertaConfig config)
    {
        long hidden = config.HiddenSize;
        return
        [
            (WordEmbeddings, [config.VocabularySize, hidden]),
            (PositionEmbeddings, [config.Positions, hidden]),
            (TokenTypeEmbeddings, [config.TokenTypes, hidden]),
            .. Norm(EmbeddingNorm, hidden),
        ];
    }

    /// <summary>The weights of a layer and their shapes, in the same order for each.</summary>
    public static IEnumerable<(string Name, long[] Shape)> LayerShapes(RobertaConfig config, int layer)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize;
        return
        [
            .. Linear(InLayer(layer, Query), hidden, hidden),
            .. Linear(InLayer(layer, Key), hidden, hidden),
            .. Linear(InLayer(layer, Value), hidden, hidden),
            .. Linear(InLayer(layer, AttentionOutput), hidden, hidden),
            .. Norm(InLayer(layer, AttentionNorm), hidden),
            .. Linear(InLayer(layer, Intermediate), inner, hidden),
            .. Linear(InLayer(layer, Output), hidden, inner),
            .. Norm(InLayer(layer, OutputNorm), hidden),
        ];
    }

    private static IEnumerable<(string Name, long[] Shape)> Linear(string part, long outputs, long inputs) =>
        [(Weight(part), [outputs, inputs]), (Bias(part), [outputs])];

    private static IEnumerable<(string Name, long[] Shape)> Norm(string part, long size) => [(Weight(part), [size]), (Bias(part), [size])];
}
