using System.Management.Automation;
using CodeEmbed.PowerShell.Objects;

namespace CodeEmbed.PowerShell.Search;

/// <summary>A question: a text, a snippet, or an embedding.</summary>
/// <param name="Name">Its name in results: the text, or the snippet's id.</param>
/// <param name="Text">The text to embed; <see langword="null"/> for an embedding.</param>
/// <param name="IsText">Whether it is in words, not code like that in the index.</param>
/// <param name="Embedding">The embedding, if it is one.</param>
internal sealed record Question(string Name, CodeSnippet? Text, bool IsText, CodeEmbedding? Embedding)
{
    /// <summary>Reads a question.</summary>
    /// <param name="input">The input object.</param>
    /// <param name="number">Its number in the pipeline; the first is 1.</param>
    /// <exception cref="SnippetValidationException">It is empty, or of another kind.</exception>
    public static Question Of(PSObject? input, long number)
    {
        SnippetSource place = PipelinePlace.Of(number);
        if (input?.BaseObject is CodeMatch match)
            return new Question(match.Id, null, IsText: false, match.Embedding);

        if (ReturnedObject.FindEmbedding(input, place) is { } embedding)
        {
            EmbeddingValidator.Validate(embedding);
            return new Question(embedding.Snippet.Id, null, IsText: false, embedding);
        }

        bool isText = input?.BaseObject is string;
        CodeSnippet snippet = new SnippetInput(language: string.Empty).Next(input);
        return string.IsNullOrWhiteSpace(snippet.Content)
            ? throw new SnippetValidationException("The question is empty. Ask with at least one word.", place)
            : new Question(isText ? snippet.Content : snippet.Id, snippet, isText, null);
    }
}
