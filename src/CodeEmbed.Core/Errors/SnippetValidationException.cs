using CodeEmbed.Errors;

namespace CodeEmbed;

/// <summary>A snippet lacks a required field, or a field has the wrong type.</summary>
public sealed class SnippetValidationException : CodeEmbedException
{
    /// <summary>The problem of a field that is missing.</summary>
    internal const string Missing = "is missing";

    /// <summary>Makes an exception that names the field and the place.</summary>
    /// <param name="field">The field's name in JSON, such as <c>content</c>.</param>
    /// <param name="problem">What is wrong with it, to follow its name: <c>is missing</c>.</param>
    /// <param name="source">Where the snippet was read, if it was read.</param>
    /// <param name="snippetId">The snippet's id, if it has one.</param>
    public SnippetValidationException(string field, string problem, SnippetSource? source, string? snippetId)
        : base($"{Describe(source, snippetId)}: the field '{field}' {problem}.", null)
    {
        Field = field;
        Place = source;
        SnippetId = snippetId;
        IsMissing = problem == Missing;
    }

    /// <summary>Makes an exception for something that is not a record at all.</summary>
    /// <param name="problem">What it is instead, as a sentence.</param>
    /// <param name="source">Its place in the input.</param>
    public SnippetValidationException(string problem, SnippetSource source)
        : base($"{source}: {problem}", null)
    {
        Field = string.Empty;
        Place = source;
    }

    /// <inheritdoc/>
    public override string ErrorId => "ValidationError";

    /// <summary>The field's name in JSON; empty if the whole is not a record.</summary>
    public string Field { get; }

    /// <summary>The file and the line, or <see langword="null"/> for a snippet that was made in memory.</summary>
    public SnippetSource? Place { get; }

    /// <summary>The snippet's id, if it has one.</summary>
    public string? SnippetId { get; }

    /// <summary>Whether the field is missing, rather than wrong.</summary>
    internal bool IsMissing { get; init; }

    private static string Describe(SnippetSource? source, string? snippetId) => (source, snippetId) switch
    {
        ({ } place, _) => place.ToString(),
        (null, { Length: > 0 } id) => $"Snippet {MessageText.Quote(id)}",
        _ => "A snippet without an id",
    };
}
