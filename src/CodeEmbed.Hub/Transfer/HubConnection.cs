using System.Net;
using System.Net.Http.Headers;
using CodeEmbed.Hub.Errors;

namespace CodeEmbed.Hub.Transfer;

/// <summary>Sends requests to the Hub. Redirects are followed here, so that the token goes only to the Hub.</summary>
/// <remarks>
///   If HttpClient followed them, it would hide the headers of the first answer, which describe the file that is elsewhere. The
///   handler's defaults are kept otherwise: the system's proxy and the system's certificates.
/// </remarks>
internal sealed class HubConnection : IDisposable
{
    private const int MaxRedirects = 10;
    private const string PlainCoding = "identity";

    private readonly TransferLimits _limits;
    private readonly string? _token;
    private readonly HttpClient _client;

    /// <summary>Makes a connection; nothing is sent yet.</summary>
    /// <param name="endpoint">The Hub's address.</param>
    /// <param name="token">The access token, or <see langword="null"/>.</param>
    /// <param name="limits">How long to wait.</param>
    public HubConnection(Uri endpoint, string? token, TransferLimits limits)
    {
        Endpoint = endpoint;
        _token = token;
        _limits = limits;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = limits.Connect,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(
            new ProductInfoHeaderValue("CodeEmbed", typeof(HubConnection).Assembly.GetName().Version!.ToString(3)));

        // The lengths and ranges are those of the file itself.
        _client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue(PlainCoding));
    }

    /// <summary>The Hub's address.</summary>
    public Uri Endpoint { get; }

    /// <summary>Whether the Hub has answered before.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Whether two addresses belong to the same server.</summary>
    public static bool IsSameHost(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && string.Equals(
            one.IdnHost, other.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>Where a redirect leads.</summary>
    /// <exception cref="HubAnswerException">
    ///   To nowhere, to something that is not a web address, or from an encrypted connection to one that is not.
    /// </exception>
    internal static Uri FindTarget(Uri address, Uri? location)
    {
        Uri? target = location is null ? null : new Uri(address, location);
        bool isSafe = target?.Scheme == Uri.UriSchemeHttps || (
            target?.Scheme == Uri.UriSchemeHttp && address.Scheme == Uri.UriSchemeHttp);
        string where = target is null ? "nowhere" : $"'{target.Scheme}://{target.Authority}'";
        return isSafe ? target! : throw new HubAnswerException($"{address.Authority} redirects to {where}, which is not "
            + "followed. Check the endpoint (HF_ENDPOINT).");
    }

    /// <summary>Requests an address, and follows redirects.</summary>
    /// <param name="address">The address.</param>
    /// <param name="from">The first byte that is wanted.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    /// <returns>The answer, which is a success.</returns>
    /// <exception cref="HubStatusException">The answer is not a success.</exception>
    /// <exception cref="HubAnswerException">It redirects to an address that must not be followed.</exception>
    /// <exception cref="TransferCutException">The connection broke, or the server sent nothing for too long.</exception>
    /// <exception cref="HttpRequestException">No connection can be made.</exception>
    public async Task<HubResponse> GetAsync(Uri address, long from, CancellationToken cancellationToken)
    {
        var linked = new LinkedFile(null, null, null);
        for (int redirects = 0; redirects <= MaxRedirects; redirects++)
        {
            StallClock? clock = new(_limits.Stall, cancellationToken);
            HttpResponseMessage? response = null;
            try
            {
                response = await SendAsync(address, from, clock).ConfigureAwait(false);
                HasAnswered = true;
                if (IsSameHost(address, Endpoint) && LinkedFile.Read(response) is var stated)
                {
                    linked = new LinkedFile(
                        linked.Hash ?? stated.Hash, linked.Size ?? stated.Size, linked.Commit ?? stated.Commit);
                }

                if (response.IsSuccessStatusCode)
                {
                    RequirePlain(response, address);
                    var answer = new HubResponse(response, linked, clock);
                    (response, clock) = (null, null);
                    return answer;
                }

                if (!IsRedirect(response.StatusCode))
                    throw new HubStatusException(response);

                address = FindTarget(address, response.Headers.Location);
            }
            finally
            {
                response?.Dispose();
                clock?.Dispose();
            }
        }

        throw new HubAnswerException($"the Hub at {Endpoint.Authority} redirects more than {MaxRedirects} times. Check the "
            + "endpoint (HF_ENDPOINT).");
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> SendAsync(Uri address, long from, StallClock clock)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (from > 0)
            request.Headers.Range = new RangeHeaderValue(from, null);

        if (_token is not null && IsSameHost(address, Endpoint))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);

        try
        {
            return await clock.RunAsync(
                token => _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token)).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new HubAnswerException(
                $"the answer of {address.Authority} has more than 64 KB of headers, which the Hub's own answers never have. "
                + "Check the endpoint (HF_ENDPOINT), and any proxy in between.", e);
        }
        catch (HttpRequestException e) when (
            e.HttpRequestError is HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse or HttpRequestError.Unknown)
        {
            // The connection had been made.
            throw new TransferCutException("the connection broke before the answer", e);
        }
        catch (OperationCanceledException e) when (e.InnerException is TimeoutException)
        {
            // The handler throws this for its ConnectTimeout; nothing was cancelled.
            throw new HttpRequestException(HttpRequestError.ConnectionError, "no connection within "
                + $"{_limits.Connect.TotalSeconds:0.#} seconds", e);
        }
    }

    /// <summary>Ensures that the content is not encoded: lengths, ranges and hashes are those of the file itself.</summary>
    private static void RequirePlain(HttpResponseMessage response, Uri address)
    {
        string coding = string.Join(
            ", ",
            response.Content.Headers.ContentEncoding.Where(
                coding => !coding.Equals(PlainCoding, StringComparison.OrdinalIgnoreCase)));
        if (coding.Length > 0)
        {
            throw new HubAnswerException(
                $"the answer of {address.Authority} is compressed ({coding}), which was not asked for. Check the endpoint "
                + "(HF_ENDPOINT), and whether a proxy compresses what it passes on.");
        }
    }

    private static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found
        or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
}
