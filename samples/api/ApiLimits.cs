namespace CodeEmbed.Samples.Api;

/// <summary>How much the program takes on: the section <c>Limits</c> of its configuration.</summary>
internal sealed record ApiLimits
{
    /// <summary>The bytes of a request. A larger one is answered by 413.</summary>
    public long Bytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The texts of a request. One with more is answered by 400.</summary>
    public int Texts { get; init; } = 256;

    /// <summary>The characters of a text. A request with a longer one is answered by 400.</summary>
    public int Characters { get; init; } = 100_000;

    /// <summary>The requests that are embedded at once.</summary>
    public int AtOnce { get; init; } = Environment.ProcessorCount;

    /// <summary>The requests that wait for these. Where as many wait, another one is answered by 429.</summary>
    public int Waiting { get; init; } = 32;

    /// <summary>After how many seconds a request that was answered by 429 may come again.</summary>
    public int RetryAfterSeconds { get; init; } = 1;

    /// <summary>How many seconds requests have to end after SIGTERM.</summary>
    public int ShutdownSeconds { get; init; } = 60;

    /// <summary>Says what is wrong with a request.</summary>
    /// <returns>A sentence, or <see langword="null"/> where nothing is.</returns>
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
