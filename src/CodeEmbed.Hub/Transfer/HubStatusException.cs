using System.Net;
using CodeEmbed.Errors;

namespace CodeEmbed.Hub.Transfer;

/// <summary>The Hub refused a request.</summary>
internal sealed class HubStatusException : Exception
{
    /// <summary>Makes an exception from the Hub's answer.</summary>
    public HubStatusException(HttpResponseMessage response)
        : base(MessageText.OneLine($"{(int)response.StatusCode} {response.ReasonPhrase} from "
            + $"{response.RequestMessage!.RequestUri!.Authority}"))
    {
        Status = response.StatusCode;
        ErrorCode = HubHeaders.Find(response, "X-Error-Code");
        ErrorMessage = HubHeaders.Find(response, "X-Error-Message");
        RetryAfter = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - DateTimeOffset.UtcNow,
            _ => null,
        };
    }

    /// <summary>The status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>
    ///   The Hub's name for the error: RepoNotFound, RevisionNotFound, EntryNotFound, GatedRepo; or <see langword="null"/>.
    /// </summary>
    public string? ErrorCode { get; }

    /// <summary>The Hub's message, or <see langword="null"/>.</summary>
    public string? ErrorMessage { get; }

    /// <summary>How long the Hub asks to wait, or <see langword="null"/>.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTransient => Status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout 
        or (>= HttpStatusCode.InternalServerError and not HttpStatusCode.NotImplemented);
}
