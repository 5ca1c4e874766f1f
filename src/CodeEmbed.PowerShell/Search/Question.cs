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
    /// <summary>Whether it holds nothing to look for.</summary>
    public bool IsEmpty => Text is not null && string.IsNullOrWhiteSpace(Text.Content);

    /// <summary>Reads a question.</summary>
    /// <param name="input">The input object.</param>
    /// <param name="number">Its number in the pipeline; the first is 1.</param>
    /// <returns>The question; <see langword="null"/> if the object is of another kind.</returns>
    /// <exception cref="SnippetValidationException">It lacks a property, or a property is wrong.</exception>
    public static Question? Of(PSObject? input, long number)
    {
        SnippetSource place = PipelinePlace.Of(number);
        if (input?.BaseObject is CodeMatch match)
            return new Question(match.Id, null, IsText: false, match.Embedding);

        if (ReturnedObject.FindEmbedding(input, place) is { } embedding)
        {
            EmbeddingValidator.Validate(embedding);
            return new Question(embedding.Snippet.Id, null, IsText: false, embedding);
        }

        if (!SnippetInput.Takes(input))
            return null;

        bool isText = input!.BaseObject is string;
        CodeSnippet snippet = new SnippetInput(language: string.Empty).Next(input);
        return new Question(isText ? snippet.Content : snippet.Id, snippet, isText, null);
    }
}
