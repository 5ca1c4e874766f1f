using CodeEmbed.Jsonl.Records;
using CodeEmbed.Numbers;

namespace CodeEmbed;

/// <summary>
///   Checks an embedding that may have been made or changed in PowerShell, which does not enforce required properties.
/// </summary>
internal static class EmbeddingValidator
{
    /// <summary>Checks that an embedding can be written.</summary>
    /// <param name="embedding">The embedding.</param>
    /// <exception cref="SnippetValidationException">
    ///   A property is <see langword="null"/>, the vector is empty or holds a NaN or an infinity, a number of tokens is negative,
    ///   there is no window, the precision is unknown, or the snippet is not valid.
    /// </exception>
    public static void Validate(CodeEmbedding embedding)
    {
        CodeSnippet snippet = embedding.Snippet
            ?? throw new SnippetValidationException("snippet", SnippetValidationException.Missing, null, null);
        SnippetValidator.ValidateEmbedded(snippet);
        Require(snippet, RecordSchema.Vector, embedding.Vector);
        Require(snippet, RecordSchema.ModelName, embedding.ModelName);
        Require(snippet, RecordSchema.Fingerprint, embedding.Fingerprint);
        Refuse(snippet, RecordSchema.Vector, embedding.Vector.Length == 0, "is empty");
        Refuse(snippet, RecordSchema.Vector, !FiniteNumbers.AreAll(embedding.Vector), "holds a NaN or an infinity");
        if (!Enum.IsDefined(embedding.Precision))
            Refuse(snippet, RecordSchema.Precision, isWrong: true, $"has the unknown value {embedding.Precision}");

        Refuse(snippet, RecordSchema.TokenCount, embedding.TokenCount < 0, "is negative");
        Refuse(snippet, RecordSchema.Windows, embedding.Windows < 1, "is less than 1");
        Refuse(snippet, RecordSchema.TruncatedTokens, embedding.TruncatedTokens < 0, "is negative");
    }

    private static void Require(CodeSnippet snippet, string field, object? value) =>
        Refuse(snippet, field, value is null, SnippetValidationException.Missing);

    private static void Refuse(CodeSnippet snippet, string field, bool isWrong, string problem)
    {
        if (isWrong)
            throw new SnippetValidationException(field, problem, snippet.Source, snippet.Id);
    }
}
