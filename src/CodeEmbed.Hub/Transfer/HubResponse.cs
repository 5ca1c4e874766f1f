namespace CodeEmbed.Hub.Transfer;

/// <summary>An answer of the Hub, whose content has not been read yet.</summary>
/// <param name="message">The last answer, after all redirects.</param>
/// <param name="linked">The first answer's word on the file; see <see cref="LinkedFile"/>.</param>
/// <param name="clock">Measures how long the server sends nothing; it is disposed with the answer.</param>
internal sealed class HubResponse(HttpResponseMessage message, LinkedFile linked, StallClock clock) : IDisposable
{
    private Stream? _content;

    /// <summary>The last answer.</summary>
    public HttpResponseMessage Message { get; } = message;

    /// <summary>What the Hub says of the file before it redirects to where the file is.</summary>
    public LinkedFile Linked { get; } = linked;

    /// <summary>Reads some of the content.</summary>
    /// <returns>How many bytes; 0 at the end.</returns>
    /// <exception cref="TransferCutException">The connection broke, or nothing came for too long.</exception>
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
