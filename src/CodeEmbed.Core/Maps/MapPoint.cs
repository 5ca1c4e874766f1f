using System.Collections;
using System.Globalization;
using CodeEmbed.Errors;

namespace CodeEmbed.Maps;

/// <summary>What a map shows of a snippet. Texts have their control and direction characters escaped, and are cut.</summary>
/// <param name="Name">The name of the function or class, or else the id.</param>
/// <param name="Path">The file, with <c>/</c> between its folders.</param>
/// <param name="Language">The language; empty if it is not known.</param>
/// <param name="Lines">Its first and last line, such as <c>3-17</c>; empty if they are not known.</param>
/// <param name="Code">Its first lines; <see langword="null"/> if the index has no code.</param>
/// <param name="Vector">The vector.</param>
internal sealed record MapPoint(string Name, string Path, string Language, string Lines, string? Code, float[] Vector)
{
    private const int MostLines = 12, MostNameCharacters = 200, MostPathCharacters = 400;

    /// <summary>Takes the values that a map needs from an embedding.</summary>
    public static MapPoint Of(CodeEmbedding embedding)
    {
        CodeSnippet snippet = embedding.Snippet;
        return new MapPoint(
            Show(string.IsNullOrWhiteSpace(snippet.ChunkName) ? snippet.Id : snippet.ChunkName, MostNameCharacters),
            Show(snippet.FilePath.Replace('\\', '/'), MostPathCharacters),
            Show(snippet.Language, MostNameCharacters),
            FindLines(snippet.Metadata),
            snippet.Content is { } code ? ShowCode(code) : null,
            embedding.Vector);
    }

    private static string Show(string text, int length) => MessageText.Escape(MessageText.Cut(text, length));

    private static string ShowCode(string code)
    {
        string[] lines = [.. CodeText.ShowLines(code, MostLines + 1)];
        return string.Join('\n', lines.Length > MostLines ? [.. lines[..MostLines], "…"] : lines);
    }

    private static string FindLines(IDictionary? metadata) => metadata?["start_line"] is long start
        ? metadata["end_line"] is long end && end != start
            ? string.Create(CultureInfo.InvariantCulture, $"{start}-{end}")
            : start.ToString(CultureInfo.InvariantCulture)
        : string.Empty;
}
