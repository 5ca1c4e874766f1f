namespace CodeEmbed.Tests.Core;

/// <summary>Ordinary records, snippets and embeddings.</summary>
internal static class Sample
{
    /// <summary>A line of input with only the required fields.</summary>
    public static string Line(string id) => Line(id, "x = 1");

    /// <summary>A line of input with this content, which must not need escaping.</summary>
    public static string Line(string id, string content) =>
        $$"""{"id":"{{id}}","file_path":"a.py","language":"python","content":"{{content}}"}""";

    /// <summary>A line of input of exactly this many bytes, not counting the line end.</summary>
    public static string LineOfLength(string id, int length)
    {
        int others = Line(id, string.Empty).Length;
        return Line(id, new string('x', length - others));
    }

    /// <summary>A line of input with the required fields and, after them, these properties.</summary>
    public static string LineWith(string properties) =>
        $$"""{"id":"1","file_path":"a.py","language":"python","content":"x = 1",{{properties}}}""";

    /// <summary>A snippet created in memory.</summary>
    public static CodeSnippet Snippet(string id) => new()
    {
        Id = id,
        FilePath = "a.py",
        Language = "python",
        Content = "x = 1",
    };

    /// <summary>Snippets with the ids 1, 2, 3, ….</summary>
    public static CodeSnippet[] Snippets(int count) =>
        [.. Enumerable.Range(1, count).Select(number => Snippet($"{number}"))];

    /// <summary>An embedding of a snippet; its vector is (1) by default.</summary>
    public static CodeEmbedding Embedding(CodeSnippet snippet, params float[] vector) => new()
    {
        Snippet = snippet,
        Vector = vector.Length > 0 ? vector : [1],
        ModelName = "tiny",
        Precision = EmbeddingPrecision.Float32,
        Normalized = true,
        TokenCount = 7,
        TruncatedTokens = 0,
        Fingerprint = "0123456789abcdef",
    };
}
