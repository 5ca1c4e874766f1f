namespace CodeEmbed.Tests.Hub;

/// <summary>A request that the server got.</summary>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Host">The host that was asked, with its port.</param>
/// <param name="Target">The path and the query, as they came.</param>
/// <param name="From">The first byte that was asked for; <see langword="null"/> without a range.</param>
/// <param name="Authorization">The header of that name.</param>
internal sealed record FakeRequest(string Method, string Host, string Target, long? From, string? Authorization)
{
    /// <summary>Whether the file with this path was asked for, at the Hub's address.</summary>
    public bool IsFor(string path) =>
        Target.Contains("/resolve/", StringComparison.Ordinal) && Target.EndsWith("/" + path, StringComparison.Ordinal);

    /// <summary>Whether it went to where the large files are.</summary>
    public bool IsStorage => Target.StartsWith("/storage/", StringComparison.Ordinal);
}
