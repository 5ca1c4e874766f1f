using System.Net;
using System.Security.Authentication;
using CodeEmbed.Files;
using CodeEmbed.Hub.Cache;
using CodeEmbed.Hub.Errors;
using CodeEmbed.Hub.Transfer;

namespace CodeEmbed.Hub;

/// <summary>Turns every failure to fetch a model into the one error that users see.</summary>
internal static class HubErrors
{
    private const string OfflineMeans = "offline mode is on (the option Offline, or the variable HF_HUB_OFFLINE)";
    private const string Elsewhere = "or fetch the model on a machine that can, and give its folder";

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>Says what a failure means and what to do.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="id">The model that was asked for.</param>
    /// <param name="endpoint">The Hub's address.</param>
    /// <param name="folder">The folder that was written to.</param>
    /// <param name="token">The token that was sent, or <see langword="null"/>.</param>
    /// <returns>
    ///   The error, which holds no secret; <see langword="null"/> for a failure that is neither the Hub's nor the disk's.
    /// </returns>
    public static ModelLoadException? Describe(Exception failure, HubModelId id, string endpoint, string folder, string? token)
    {
        endpoint = HubSecrets.RemoveFromAddress(endpoint);
        string? problem = failure switch
        {
            HubAnswerException answer => answer.Message,
            HubStatusException status => Describe(status, id, endpoint.TrimEnd('/'), token is not null),
            TransferCutException cut =>
                $"the transfer from {endpoint} was interrupted repeatedly: {cut.Message}. The fetched part is kept, and the next "
                + "try continues from there.",
            HttpRequestException { InnerException: AuthenticationException } =>
                $"the certificate of {endpoint} is not trusted here. If a proxy has its own certificate, add that to the "
                + $"system's, {Elsewhere}.",
            HttpRequestException network => $"{endpoint} cannot be reached: {network.Message.TrimEnd('.', '"')}. "
                + $"Check the network and the proxy (HTTPS_PROXY), {Elsewhere}.",
            DiskFullException full => $"there is not enough space on the disk: {full.Message}. Free some, or use a folder on "
                + "another disk (HF_HUB_CACHE).",
            _ when FileError.SaysDiskFull(failure) => $"the disk of '{folder}' is full. Free some space, or use a folder "
                + "on another disk (HF_HUB_CACHE).",
            IOException or UnauthorizedAccessException => $"'{folder}' cannot be written to: "
                + $"{FileError.OfWriting(failure, folder).Problem} Check its permissions, or use another folder (HF_HUB_CACHE).",
            _ => null,
        };
        return problem is null
            ? null
            : ModelLoadException.NotFetched(id.ToString(), HubSecrets.Remove(problem, token), HubSecrets.Remove(failure, token));
    }

    /// <summary>The model is not in the cache, and the Hub must not be used.</summary>
    /// <param name="id">The model.</param>
    /// <param name="cache">The cache.</param>
    /// <param name="problem">Why the cached files cannot be used, to follow "it".</param>
    /// <param name="folder">The folder with the cached files of the model, or <see langword="null"/>.</param>
    public static ModelLoadException NotCached(HubModelId id, string cache, string problem, string? folder) =>
        ModelLoadException.NotFetched(
            id.ToString(),
            $"it {problem.TrimEnd('.')}. The cache is '{cache}', and nothing is fetched, because {OfflineMeans}. Fetch the model "
            + $"once online, {Elsewhere}."
            + (folder is null ? "" : $" To use the cached files as they are, give the folder '{folder}' instead of the name."));

    /// <summary>A newer commit was asked for, and the Hub must not be asked.</summary>
    public static ModelLoadException OfflineUpdate(HubModelId id) => ModelLoadException.NotFetched(
        id.ToString(),
        $"whether there is a newer commit is not known, because {OfflineMeans}. Turn off offline mode, or do not ask "
        + "for an update.");

    private static string Describe(HubStatusException e, HubModelId id, string endpoint, bool hasToken)
    {
        string page = $"{endpoint}/{id.Repository}", more = hasToken ? "." : "; with a token (HF_TOKEN) more is allowed.";
        return e switch
        {
            { ErrorCode: "GatedRepo" } => $"it is gated. Visit {page} and accept its conditions, "
                + (hasToken ? "with the account that the token belongs to." : "then set HF_TOKEN to a token of your account."),
            { ErrorCode: "RevisionNotFound" } => $"it has no revision '{id.Revision}'. {page}/tree/main lists the branches, tags "
                + "and commits.",
            { ErrorCode: "EntryNotFound" } => $"a file of its listing does not exist ({e.Message}). Try again, or give another "
                + "revision.",
            { Status: HttpStatusCode.Unauthorized } when hasToken && e.ErrorCode is null =>
                $"the Hub does not accept the token{Said(e)}. Set HF_TOKEN to a valid one, or remove it for a public model.",
            { ErrorCode: "RepoNotFound" } or { Status: HttpStatusCode.Unauthorized or HttpStatusCode.NotFound } =>
                "there is no such model on the Hub, or it is private. Check the name"
                + (hasToken ? ", and that the token may read it." : "; for a private model, set HF_TOKEN."),
            { Status: HttpStatusCode.Forbidden } => $"the Hub forbids it{Said(e)}. Check what the token may read, and whether "
                + $"{page} has conditions to accept.",
            { Status: HttpStatusCode.TooManyRequests, RetryAfter: { } wait } when wait > LongestWait =>
                "the Hub received too many requests and asks to wait for more than a day, which may be a server error. Try "
                + $"again later{more}",
            { Status: HttpStatusCode.TooManyRequests, RetryAfter: { } wait } =>
                $"the Hub received too many requests and asks to wait for {Math.Max(1, Math.Ceiling(wait.TotalSeconds)):0} "
                + $"seconds. Try again after that{more}",
            { Status: HttpStatusCode.TooManyRequests } => $"the Hub received too many requests. Try again in a few minutes{more}",
            { IsTransient: true } => $"the Hub has an error: {e.Message}. Try again later; the fetched part is kept.",
            _ => $"the Hub refuses it: {e.Message}{Said(e)}. Check the endpoint (HF_ENDPOINT).",
        };
    }

    private static string Said(HubStatusException e) => e.ErrorMessage is null ? "" : $" (it says: {e.ErrorMessage})";
}
