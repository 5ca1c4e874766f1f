using CodeEmbed.Jsonl;

namespace CodeEmbed;

/// <summary>Checks an embedding that may have been made or changed in PowerShell, which forces no property to be set.</summary>
public static class EmbeddingValidator
{
    /// <summary>Checks that an embedding can be written.</summary>
    /// <param name="embedding">The embedding.</param>
    /// <exception cref="SnippetValidationException">
    ///   A property is <see langword="null"/>, the vector holds a NaN or an infinity, or the snippet is not valid.
    /// </exception>
    public static void Validate(CodeEmbedding embedding)
    {
        CodeSnippet snippet = embedding.Snippet ?? throw new SnippetValidationException("snippet", "is missing", null, null);
        SnippetValidator.ValidateEmbedded(snippet);
        Require(snippet, RecordSchema.Vector, embedding.Vector);
        Require(snippet, RecordSchema.ModelName, embedding.ModelName);
        Require(snippet, RecordSchema.Fingerprint, embedding.Fingerprint);
        if (!Array.TrueForAll(embedding.Vector, float.IsFinite))
            throw new SnippetValidationException(RecordSchema.Vector, "holds a NaN or an infinity", snippet.Source, snippet.Id);
    }

    private static void Require(CodeSnippet snippet, string field, object? value)
    {
        if (value is null)
            throw new SnippetValidationException(field, "is missing", snippet.Source, snippet.Id);
    }
}
