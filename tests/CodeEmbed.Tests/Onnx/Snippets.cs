namespace CodeEmbed.Tests.Onnx;

/// <summary>Snippets for tests that depend only on the content.</summary>
internal static class Snippets
{
    /// <summary>A snippet with the given content.</summary>
    public static CodeSnippet Of(string content, string id = "1") =>
        new() { Id = id, FilePath = string.Empty, Language = string.Empty, Content = content };

    /// <summary>The texts of the fixtures as snippets; the id of each is its line, counted from 0.</summary>
    public static CodeSnippet[] OfTexts() => [.. ExpectedValues.Texts.Select((text, line) => Of(text, $"{line}"))];
}
