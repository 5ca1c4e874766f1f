namespace CodeEmbed.ModelFiles;

/// <summary>The names of the files that sentence-transformers keeps in a model folder.</summary>
internal static class SentenceTransformerFiles
{
    /// <summary>
    ///   The files that may say how many tokens a model is meant to see, in the order in which sentence-transformers looks for them;
    ///   the first that is there counts. They are in the folder of the Transformer module.
    /// </summary>
    internal static IReadOnlyList<string> LengthFiles { get; } =
    [
        "sentence_bert_config.json",
        "sentence_roberta_config.json",
        "sentence_distilbert_config.json",
        "sentence_camembert_config.json",
        "sentence_albert_config.json",
        "sentence_xlm-roberta_config.json",
        "sentence_xlnet_config.json",
    ];
}
