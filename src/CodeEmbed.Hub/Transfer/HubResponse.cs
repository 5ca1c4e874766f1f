namespace CodeEmbed.Hub.Transfer;

/// <summary>An answer from the Hub, whose content has not been read yet.</summary>
/// <param name="message">The last answer, after all redirects.</param>
/// <param name="linked">The first answer's information about the file; see <see cref="LinkedFile"/>.</param>
/// <param name="clock">Measures how long the server sends nothing; it is disposed with the answer.</param>
internal sealed class HubResponse(HttpResponseMessage message, LinkedFile linked, StallClock clock) : IDisposable
{
    private Stream? _content;

    /// <summary>The last answer.</summary>
    public HttpResponseMessage Message { get; } = message;

    /// <summary>What the Hub says about the file before it redirects to it.</summary>
    public LinkedFile Linked { get; } = linked;

    /// <summary>Reads some of the content.</summary>
    /// <returns>How many bytes; 0 at the end.</returns>
    /// <exception cref="TransferCutException">The connection broke, or the server sent nothing for too long.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            return await clock.RunAsync(async token =>
            {
                _content ??= await Message.Content.ReadAsStreamAsync(token).ConfigureAwait(false);
                return await _content.ReadAsync(buffer, token).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new TransferCutException("the connection broke", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Message.Dispose();
        clock.Dispose();
    }
}

/// <summary>What the Hub's own answer says about a file that is elsewhere.</summary>
/// <param name="Hash">Its SHA-256 or its Git hash, or <see langword="null"/> if the answer does not say.</param>
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

/// <summary>Reads the Hub's own headers.</summary>
internal static class HubHeaders
{
    private const int LongestShown = 300;

    /// <summary>The first value of a header, cut if it is long; <see langword="null"/> if it is missing.</summary>
    public static string? Find(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) && values.FirstOrDefault() is { } value
            ? value[..Math.Min(value.Length, LongestShown)]
            : null;

    /// <summary>An entity tag without its quotes, and without the mark of a weak one.</summary>
    public static string Unquote(string etag) => (etag.StartsWith("W/", StringComparison.Ordinal) ? etag[2..] : etag).Trim('"');
}
