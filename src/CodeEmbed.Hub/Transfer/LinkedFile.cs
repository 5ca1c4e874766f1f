namespace CodeEmbed.Hub.Transfer;

/// <summary>What the Hub's own answer says of a file that is elsewhere.</summary>
/// <param name="Hash">Its SHA-256 or its Git hash, or <see langword="null"/> where the answer does not say.</param>
/// <param name="Size">Its length in bytes, or <see langword="null"/>.</param>
/// <param name="Commit">The commit, or <see langword="null"/>.</param>
internal sealed record LinkedFile(string? Hash, long? Size, string? Commit)
{
    /// <summary>Reads the Hub's headers.</summary>
    public static LinkedFile Read(HttpResponseMessage response) => new(
        HubHeaders.Find(response, "X-Linked-Etag") is { } etag ? HubHeaders.Unquote(etag) : null,
        long.TryParse(HubHeaders.Find(response, "X-Linked-Size"), out long size) ? size : null,
        HubHeaders.Find(response, "X-Repo-Commit"));
}
