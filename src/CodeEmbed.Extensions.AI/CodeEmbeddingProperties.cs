using Microsoft.Extensions.AI;

namespace CodeEmbed.Extensions.AI;

/// <summary>
///   The names of the entries in <c>AdditionalProperties</c> that a <see cref="CodeEmbeddingGenerator"/> reads and writes, for
///   what Microsoft.Extensions.AI has no properties for.
/// </summary>
public static class CodeEmbeddingProperties
{
    /// <summary>
    ///   In <see cref="EmbeddingGenerationOptions"/>: the kind of the texts, <see cref="Query"/> or <see cref="Document"/>.
    ///   Models that were trained for search have a different prompt for each.
    /// </summary>
    public const string PromptKind = "prompt_kind";

    /// <summary>
    ///   In <see cref="EmbeddingGenerationOptions"/>: the prompt itself, a string; empty for no prompt.
    /// </summary>
    public const string Prompt = "prompt";

    /// <summary>
    ///   A value of <see cref="PromptKind"/>: the texts are questions. The model's prompt named <c>query</c> is put before each,
    ///   or, if it has none, the prompt for documents.
    /// </summary>
    public const string Query = "query";

    /// <summary>
    ///   A value of <see cref="PromptKind"/>, and the default: the texts are those that questions are searched in. The
    ///   generator's own prompt is put before each: <see cref="EmbeddingServiceOptions.Prompt"/>,
    ///   <see cref="EmbeddingServiceOptions.PromptName"/> or the model's default.
    /// </summary>
    public const string Document = "document";

    /// <summary>
    ///   In an <see cref="Embedding"/>: the vector's fingerprint, a string of 16 hexadecimal digits; see
    ///   <see cref="CodeEmbedding.Fingerprint"/>.
    /// </summary>
    public const string Fingerprint = "fingerprint";

    /// <summary>
    ///   In an <see cref="Embedding"/>: how many tokens the model saw, an <see cref="int"/>; see
    ///   <see cref="CodeEmbedding.TokenCount"/>.
    /// </summary>
    public const string TokenCount = "token_count";

    /// <summary>
    ///   In an <see cref="Embedding"/>: how many tokens of the text the model did not see, an <see cref="int"/>; see
    ///   <see cref="CodeEmbedding.TruncatedTokens"/>.
    /// </summary>
    public const string TruncatedTokens = "truncated_tokens";
}
