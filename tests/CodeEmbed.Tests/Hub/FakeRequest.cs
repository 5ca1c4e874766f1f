namespace CodeEmbed.Tests.Hub;

/// <summary>A request that the server received.</summary>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Host">The requested host, with its port.</param>
/// <param name="Target">The path and the query, unchanged.</param>
/// <param name="From">The first requested byte; <see langword="null"/> without a range.</param>
/// <param name="Authorization">The header of that name.</param>
internal sealed record FakeRequest(string Method, string Host, string Target, long? From, string? Authorization)
{
    /// <summary>Whether the file with this path was requested at the Hub's address.</summary>
    public bool IsFor(string path) =>
        Target.Contains("/resolve/", StringComparison.Ordinal) && Target.EndsWith("/" + path, StringComparison.Ordinal);

    /// <summary>Whether it was sent to the host of the large files.</summary>
    public bool IsStorage => Target.StartsWith("/storage/", StringComparison.Ordinal);
}
