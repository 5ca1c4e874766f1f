using System.Text.Json;

namespace CodeEmbed.ModelFiles;

/// <summary>The names of the files of a model folder, in the layout of Hugging Face and sentence-transformers.</summary>
internal static class ModelFileNames
{
    /// <summary>The description of an encoder.</summary>
    public const string Config = "config.json";

    /// <summary>The parts of a sentence-transformers model: see <see cref="ModelModule"/>.</summary>
    public const string Modules = "modules.json";

    /// <summary>The sentence-transformers settings for the whole model: its prompts.</summary>
    public const string SentenceConfig = "config_sentence_transformers.json";

    /// <summary>A tokenizer, whole.</summary>
    public const string Tokenizer = "tokenizer.json";

    /// <summary>Settings of a tokenizer.</summary>
    public const string TokenizerConfig = "tokenizer_config.json";

    /// <summary>The special tokens of a tokenizer in parts.</summary>
    public const string SpecialTokens = "special_tokens_map.json";

    /// <summary>The added tokens of a tokenizer in parts.</summary>
    public const string AddedTokens = "added_tokens.json";

    /// <summary>The vocabulary of a tokenizer in parts.</summary>
    public const string Vocabulary = "vocab.json";

    /// <summary>The merges of a tokenizer in parts.</summary>
    public const string Merges = "merges.txt";

    /// <summary>The vocabulary of a WordPiece tokenizer, whose other settings are BERT's.</summary>
    public const string WordPieceVocabulary = "vocab.txt";

    /// <summary>The names that SentencePiece's own files have, which are not read.</summary>
    public static IReadOnlyList<string> SentencePiece { get; } =
        ["sentencepiece.bpe.model", "spiece.model", "sentencepiece.model", "spm.model", "tokenizer.model"];

    /// <summary>
    ///   The files that may say how many tokens a model is meant to see, in the order in which sentence-transformers looks for
    ///   them; the first that exists counts. They are in the folder of the Transformer module.
    /// </summary>
    public static IReadOnlyList<string> LengthFiles { get; } =
    [
        "sentence_bert_config.json",
        "sentence_roberta_config.json",
        "sentence_distilbert_config.json",
        "sentence_camembert_config.json",
        "sentence_albert_config.json",
        "sentence_xlm-roberta_config.json",
        "sentence_xlnet_config.json",
    ];

    /// <summary>The model type of static models, as newer versions of Model2Vec write it.</summary>
    public const string StaticModelType = "model2vec";

    /// <summary>The property of a static model's <see cref="Config"/> with the length of its vectors.</summary>
    public const string Normalize = "normalize";

    /// <summary>
    ///   The model type that a <see cref="Config"/> names, or <see langword="null"/> if it names none. Older files of
    ///   Model2Vec name none, but say whether vectors are normalized, as no other does.
    /// </summary>
    /// <param name="config">The file's content.</param>
    public static string? FindModelType(JsonElement config) =>
        config.TryGetProperty("model_type", out JsonElement type) && type.ValueKind == JsonValueKind.String ? type.GetString()
        : config.TryGetProperty(Normalize, out JsonElement normalize)
            && normalize.ValueKind is JsonValueKind.True or JsonValueKind.False ? StaticModelType
        : null;
}
