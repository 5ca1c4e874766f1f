using System.Buffers;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed;

/// <summary>Checks a snippet that may have been made in memory, without all of its required properties.</summary>
internal static class SnippetValidator
{
    /// <summary>Checks that a snippet has what it must have, and that it can be written.</summary>
    /// <param name="snippet">The snippet.</param>
    /// <exception cref="SnippetValidationException">
    ///   A required property is <see langword="null"/>, the id is empty, or the metadata holds a value that JSON cannot
    ///   represent.
    /// </exception>
    public static void Validate(CodeSnippet snippet)
    {
        Require(snippet, SnippetFields.Content, snippet.Content);
        ValidateEmbedded(snippet);
    }

    /// <summary>
    ///   Checks the snippet of an embedding, whose content may have been left out of the file that it was read from.
    /// </summary>
    /// <param name="snippet">The snippet.</param>
    /// <exception cref="SnippetValidationException">As for <see cref="Validate"/>.</exception>
    internal static void ValidateEmbedded(CodeSnippet snippet)
    {
        if (!snippet.Record.Has(SnippetFields.ContentDigest))
            Require(snippet, SnippetFields.Content, snippet.Content);

        Require(snippet, SnippetFields.Id, snippet.Id);
        Require(snippet, SnippetFields.FilePath, snippet.FilePath);
        Require(snippet, SnippetFields.Language, snippet.Language);
        if (snippet.Id.Length == 0)
            throw Invalid(snippet, SnippetFields.Id, "is empty");

        if (!snippet.IsAssigned(SnippetFields.Metadata))
            return;

        try
        {
            PlainValueWriter.Write(new ArrayBufferWriter<byte>(), snippet.Metadata);
        }
        catch (NotSupportedException e)
        {
            throw Invalid(snippet, SnippetFields.Metadata, $"holds {e.Message}, which cannot be written as JSON");
        }
    }

    private static void Require(CodeSnippet snippet, SnippetFields field, string? value)
    {
        if (value is null)
            throw Invalid(snippet, field, SnippetValidationException.Missing);
    }

    private static SnippetValidationException Invalid(CodeSnippet snippet, SnippetFields field, string problem) =>
        new(RecordSchema.NameOf(field), problem, snippet.Source, snippet.Id);
}
