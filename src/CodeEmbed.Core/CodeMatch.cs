using System.Collections;
using CodeEmbed.Errors;

namespace CodeEmbed;

/// <summary>A record that was found: its embedding, where it is, and how near it is.</summary>
public sealed class CodeMatch
{
    private const string StartName = "start_line", EndName = "end_line";

    /// <summary>The cosine of the angle between the question's vector and this one, from -1 to 1.</summary>
    public required double Score { get; init; }

    /// <summary>The embedding.</summary>
    public required CodeEmbedding Embedding { get; init; }

    /// <summary>The file of embeddings that the record is in, or the table and its database.</summary>
    public required string Index { get; init; }

    /// <summary>The line of the record in that file; the first is 1. In a database it is 0.</summary>
    public required long IndexLine { get; init; }

    /// <summary>The question: the text, or the id of a snippet; <see langword="null"/> if it is not known.</summary>
    public string? Query { get; init; }

    /// <summary>
    ///   The first lines of the code, if they were asked for, safe to show: control characters, except tabs, and characters
    ///   that change the direction of text are escaped.
    /// </summary>
    public IReadOnlyList<string> Context { get; init; } = [];

    /// <summary>The snippet.</summary>
    public CodeSnippet Snippet => Embedding.Snippet;

    /// <summary>The snippet's <see cref="CodeSnippet.Id"/>.</summary>
    public string Id => Snippet.Id;

    /// <summary>The snippet's <see cref="CodeSnippet.FilePath"/>.</summary>
    public string FilePath => Snippet.FilePath;

    /// <summary>The snippet's <see cref="CodeSnippet.Language"/>.</summary>
    public string Language => Snippet.Language;

    /// <summary>The snippet's <see cref="CodeSnippet.ChunkName"/>.</summary>
    public string? Name => Snippet.ChunkName;

    /// <summary>
    ///   The first line of the snippet in its file, if its <see cref="CodeSnippet.Metadata"/> has one as <c>start_line</c>.
    /// </summary>
    public long? StartLine => LineOf(StartName);

    /// <summary>The last line of the snippet in its file, if its metadata has one as <c>end_line</c>.</summary>
    public long? EndLine => LineOf(EndName);

    /// <summary>A copy with the query and with lines of code.</summary>
    /// <param name="query">The question.</param>
    /// <param name="lines">How many lines.</param>
    internal CodeMatch With(string query, int lines) => new()
    {
        Score = Score,
        Embedding = Embedding,
        Index = Index,
        IndexLine = IndexLine,
        Query = query,
        Context = lines > 0 && Snippet.Content is { } content ? [.. CodeText.ShowLines(content, lines)] : [],
    };

    /// <summary>Returns the snippet's id.</summary>
    public override string ToString() => Snippet.ToString();

    private long? LineOf(string name) => Snippet.Metadata is IDictionary metadata && metadata.Contains(name)
        && metadata[name] is long and > 0 and var line ? line : null;
}
