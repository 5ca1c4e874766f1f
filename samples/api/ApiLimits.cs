namespace CodeEmbed.Samples.Api;

/// <summary>The limits of the program: the section <c>Limits</c> of its configuration.</summary>
internal sealed record ApiLimits
{
    /// <summary>The maximum size of a request in bytes. A larger one is answered with 413.</summary>
    public long Bytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The maximum number of texts in a request. One with more is answered with 400.</summary>
    public int Texts { get; init; } = 256;

    /// <summary>The maximum number of characters in a text. A request with a longer one is answered with 400.</summary>
    public int Characters { get; init; } = 100_000;

    /// <summary>The number of requests that are embedded at once.</summary>
    public int AtOnce { get; init; } = Environment.ProcessorCount;

    /// <summary>The maximum number of waiting requests. If this many wait, another one is answered with 429.</summary>
    public int Waiting { get; init; } = 32;

    /// <summary>The number of seconds after which a request that was answered with 429 may be repeated.</summary>
    public int RetryAfterSeconds { get; init; } = 1;

    /// <summary>The number of seconds that requests have to finish after SIGTERM.</summary>
    public int ShutdownSeconds { get; init; } = 60;

    /// <summary>Explains a response whose reason is not in the request's texts.</summary>
    /// <returns>A sentence, or <see langword="null"/> if there is nothing to add.</returns>
    public string? Explain(int? status) => status switch
    {
        StatusCodes.Status400BadRequest => "The body is not JSON such as {\"texts\": [\"def add(a, b): return a + b\"]}.",
        StatusCodes.Status413PayloadTooLarge => $"The body has more than {Bytes} bytes. Send the texts in several requests.",
        StatusCodes.Status415UnsupportedMediaType => "The body must have the type application/json.",
        StatusCodes.Status429TooManyRequests => $"{Waiting} requests wait already. Try again in {RetryAfterSeconds} seconds.",
        _ => null,
    };

    /// <summary>Describes what is wrong with a request.</summary>
    /// <returns>A sentence, or <see langword="null"/> if nothing is wrong.</returns>
    public string? FindProblem(EmbeddingsRequest request)
    {
        if (request.Texts is not { Count: > 0 } texts)
            return "There are no texts. Give a list of at least one: {\"texts\": [\"…\"]}.";

        if (texts.Count > Texts)
            return $"There are {texts.Count} texts, and at most {Texts} are taken. Send them in several requests.";

        foreach ((int index, string? text) in texts.Index())
        {
            if (text is null)
                return $"The text with the index {index} is null.";

            if (text.Length > Characters)
            {
                return $"The text with the index {index} has {text.Length} characters, and at most {Characters} are taken. "
                    + "Cut it into pieces.";
            }
        }

        return null;
    }
}
