namespace CodeEmbed.Tests.Hub;

/// <summary>A response of the server, and how it fails.</summary>
internal sealed record FakeAnswer(int Status, byte[] Body)
{
    /// <summary>The headers.</summary>
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>The number of bytes in the body sent before the connection closes; <see langword="null"/> for all.</summary>
    public int? CutAfter { get; init; }

    /// <summary>The number of bytes of the body that are sent before the server stalls; <see langword="null"/> for all.</summary>
    public int? StallAfter { get; init; }

    /// <summary>An error from the Hub.</summary>
    public static FakeAnswer Error(int status, string? code = null, string? message = null, string? retryAfter = null)
    {
        var answer = new FakeAnswer(status, []);
        if (code is not null)
            answer.Headers["X-Error-Code"] = code;
        if (message is not null)
            answer.Headers["X-Error-Message"] = message;
        if (retryAfter is not null)
            answer.Headers["Retry-After"] = retryAfter;

        return answer;
    }

    /// <summary>A redirect.</summary>
    public static FakeAnswer Redirect(string location, int status = 302) =>
        new(status, []) { Headers = { ["Location"] = location } };
}
