using Microsoft.Extensions.AI;

namespace CodeEmbed.Extensions.AI;

/// <summary>
///   The names of what a <see cref="CodeEmbeddingGenerator"/> takes and gives in <c>AdditionalProperties</c>, beside what
///   Microsoft.Extensions.AI has properties for.
/// </summary>
public static class CodeEmbeddingProperties
{
    /// <summary>
    ///   In <see cref="EmbeddingGenerationOptions"/>: what the texts are, <see cref="Query"/> or <see cref="Document"/>. Models
    ///   that were trained for search put another prompt before each.
    /// </summary>
    public const string PromptKind = "prompt_kind";

    /// <summary>
    ///   In <see cref="EmbeddingGenerationOptions"/>: the text itself that is put before each text, a string; empty for none.
    /// </summary>
    public const string Prompt = "prompt";

    /// <summary>
    ///   A value of <see cref="PromptKind"/>: questions. The model's prompt named <c>query</c> is put before each; where it has
    ///   none, that of the documents.
    /// </summary>
    public const string Query = "query";

    /// <summary>
    ///   A value of <see cref="PromptKind"/>, and what counts without one: what questions are asked of. The generator's own
    ///   prompt is put before each: <see cref="EmbeddingServiceOptions.Prompt"/>,
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
