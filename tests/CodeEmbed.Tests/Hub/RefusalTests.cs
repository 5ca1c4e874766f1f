using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CodeEmbed.Hub;
using CodeEmbed.Hub.Errors;
using CodeEmbed.Hub.Transfer;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>A refusal by the Hub or the network is one error that says what to do.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly HubSetting _hub = new();

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData(401, "GatedRepo", null, "accept its conditions, then set HF_TOKEN")]
    [InlineData(403, "GatedRepo", "hf_x", "accept its conditions, with the account that the token belongs to")]
    [InlineData(
        401,
        "RepoNotFound",
        null,
        "no such model on the Hub, or it is private. Check the name; for a private model, set HF_TOKEN")]
    [InlineData(
        404,
        "RepoNotFound",
        "hf_x",
        "no such model on the Hub, or it is private. Check the name, and that the token may read it")]
    [InlineData(401, null, "hf_x", "does not accept the token")]
    [InlineData(403, null, "hf_x", "forbids it")]
    [InlineData(404, "RevisionNotFound", null, "no revision 'main'")]
    [InlineData(404, "EntryNotFound", null, "does not exist")]
    [InlineData(400, null, null, "refuses it: 400")]
    public async Task A_refusal_says_what_to_do_and_is_not_retried(int status, string? code, string? token, string problem)
    {
        _hub.Options = _hub.Options with { Token = token };
        _hub.Server.Intercept = _ => FakeAnswer.Error(status, code);

        Assert.Contains(problem, (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        Assert.Single(_hub.Server.Requests);
    }

    [Fact]
    public async Task A_gated_model_names_the_page_to_visit()
    {
        _hub.Server.Change = (request, answer) =>
            request.Target.Contains("/resolve/", StringComparison.Ordinal) ? FakeAnswer.Error(403, "GatedRepo") : answer;

        ModelLoadException error = await _hub.FailAsync();

        Assert.Equal(HubSetting.ModelName, error.Model);
        Assert.Contains($"Visit {_hub.Server.Endpoint}/microsoft/codebert-base", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_Hubs_message_about_a_token_is_passed_on()
    {
        _hub.Options = _hub.Options with { Token = "hf_x" };
        _hub.Server.Intercept = _ => FakeAnswer.Error(401, message: "Invalid credentials in Authorization header");

        Assert.Contains(
            "it says: Invalid credentials in Authorization header", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("microsoft/none", "no such model")]
    [InlineData("microsoft/codebert-base@none", "no revision 'none'")]
    [InlineData(
        "microsoft/codebert-base@0123456789012345678901234567890123456789",
        "no revision '0123456789012345678901234567890123456789'")]
    public async Task A_missing_repository_or_revision_is_named(string model, string problem)
    {
        var error = await Assert.ThrowsAsync<ModelLoadException>(
            () =>
                new HubClient(_hub.Options).FetchAsync(
                    HubModelId.Parse(model), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(model, error.Model);
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_failing_Hub_is_retried_a_few_times_and_is_then_an_error(int status)
    {
        _hub.Server.Intercept = _ => FakeAnswer.Error(status);

        Assert.Contains($"the Hub has an error: {status}", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        Assert.Equal(HubSetting.Quick.Attempts, _hub.Server.Requests.Count);
    }

    [Theory]
    [InlineData("revision")]
    [InlineData("tree")]
    [InlineData("resolve")]
    [InlineData("storage")]
    public async Task A_Hub_that_fails_temporarily_is_not_an_error(string part)
    {
        int failures = 0;
        _hub.Server.Intercept = request => request.Target.Contains($"/{part}/", StringComparison.Ordinal) && failures++ < 3
            ? FakeAnswer.Error(502)
            : null;

        await _hub.FetchAsync();

        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    [Fact]
    public async Task The_pauses_between_retries_grow()
    {
        _hub.Options = _hub.Options with
        {
            Limits = HubSetting.Quick with { FirstPause = TimeSpan.FromMilliseconds(40), Attempts = 4 }
        };
        _hub.Server.Intercept = _ => FakeAnswer.Error(500);
        var watch = Stopwatch.StartNew();

        await _hub.FailAsync();

        // 40 + 80 + 160.
        Promptness.Check(watch.Elapsed, least: TimeSpan.FromSeconds(0.275), most: TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_pause_requested_by_the_Hub_is_observed()
    {
        int asked = 0;
        _hub.Server.Intercept = _ => asked++ == 0 ? FakeAnswer.Error(429, retryAfter: "1") : null;
        var watch = Stopwatch.StartNew();

        await _hub.FetchAsync();

        Promptness.Check(watch.Elapsed, least: TimeSpan.FromSeconds(0.99), most: TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_pause_can_be_requested_with_a_date()
    {
        int asked = 0;
        string soon = DateTimeOffset.UtcNow.AddSeconds(2).ToString("R", CultureInfo.InvariantCulture);
        _hub.Server.Intercept = _ => asked++ == 0 ? FakeAnswer.Error(429, retryAfter: soon) : null;
        var watch = Stopwatch.StartNew();

        await _hub.FetchAsync();

        // A date has whole seconds.
        Promptness.Check(watch.Elapsed, least: TimeSpan.FromSeconds(0.9), most: TimeSpan.FromSeconds(4));
    }

    [Theory]
    [InlineData("300", "wait for 300 seconds")]
    [InlineData(null, "Try again in a few minutes")]
    public async Task Persistent_throttling_is_an_error(string? retryAfter, string problem)
    {
        _hub.Server.Intercept = _ => FakeAnswer.Error(429, retryAfter: retryAfter);

        Assert.Contains(problem, (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2147483647")]
    [InlineData("Wed, 21 Oct 2099 07:28:00 GMT")]
    public async Task A_pause_of_years_is_reported_as_a_mistake(string retryAfter)
    {
        _hub.Server.Intercept = _ => FakeAnswer.Error(429, retryAfter: retryAfter);

        Assert.Contains("wait for more than a day", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        Assert.Single(_hub.Server.Requests);
    }

    [Theory]
    [InlineData("/revision/")]
    [InlineData("/tree/")]
    [InlineData("/resolve/")]
    public async Task A_compressed_response_is_an_error_at_once(string part)
    {
        _hub.Server.Change = (request, answer) =>
        {
            if (request.Target.Contains(part, StringComparison.Ordinal))
                answer.Headers["Content-Encoding"] = "gzip";

            return answer;
        };

        Assert.Contains("is compressed (gzip)", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        Assert.Single(
            _hub.Server.Requests, request => request.Target.Contains(part, StringComparison.Ordinal) || request.IsStorage);
    }

    [Fact]
    public async Task Endless_headers_are_an_error()
    {
        _hub.Server.Change = (_, answer) =>
        {
            answer.Headers["X-Big"] = new string('a', 200_000);
            return answer;
        };

        Assert.Contains("more than 64 KB of headers", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(501)]
    public async Task An_endpoint_without_listings_is_reported_as_such(int status)
    {
        _hub.Server.Intercept = request => request.Target.Contains("/tree/", StringComparison.Ordinal)
            ? FakeAnswer.Error(status)
            : null;

        string problem = (await _hub.FailAsync()).Problem;

        Assert.Contains("no listing of the model's files", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("no such model", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_lists_files_but_does_not_send_them_is_reported_as_such()
    {
        _hub.Server.Intercept = request => request.Target.Contains("/resolve/", StringComparison.Ordinal)
            ? FakeAnswer.Error(404)
            : null;

        Assert.Contains(
            "lists the file config.json but does not send it", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_servers_message_cannot_control_the_terminal()
    {
        _hub.Server.Intercept = _ => FakeAnswer.Error(403, message: "a\u001b[2J\u0007b");

        ModelLoadException error = await _hub.FailAsync();

        Assert.DoesNotContain(error.ToString(), c => char.IsControl(c) && c is not ('\r' or '\n'));
    }

    [Fact]
    public async Task No_network_is_an_error_at_once()
    {
        _hub.Server.Dispose();
        _hub.Options = _hub.Options with { Limits = HubSetting.Quick with { FirstPause = TimeSpan.FromSeconds(30) } };

        ModelLoadException error = await _hub.FailAsync();

        Assert.Contains("cannot be reached", error.Problem, StringComparison.Ordinal);
        Assert.Contains("Check the network and the proxy", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_an_address_is_an_error()
    {
        _hub.Options = _hub.Options with { Endpoint = "http://hub.invalid" };

        Assert.Contains("http://hub.invalid cannot be reached", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_network_is_retried_and_then_an_error()
    {
        _hub.Server.Change = (request, answer) =>
        {
            if (request.Target.Contains("/tree/", StringComparison.Ordinal))
                _hub.Server.Dispose();

            return answer;
        };

        await _hub.FailAsync();
    }

    [Fact]
    public async Task A_host_that_accepts_no_connections_is_abandoned()
    {
        // The queue of unaccepted connections is full after the first one.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        using var first = new TcpClient();
        first.Connect((IPEndPoint)listener.LocalEndPoint!);
        _hub.Options = _hub.Options with
        {
            Endpoint = $"http://{listener.LocalEndPoint}",
            Limits = HubSetting.Quick with { Connect = TimeSpan.FromMilliseconds(200), Stall = TimeSpan.FromMilliseconds(400) }
        };

        string problem = (await _hub.FailAsync()).Problem;

        Assert.True(
            problem.Contains("no connection within 0.2 seconds", StringComparison.Ordinal) || problem.Contains(
                "sent nothing", StringComparison.Ordinal),
            problem);
    }

    [Theory]
    [InlineData("huggingface.co")]
    [InlineData("ftp://huggingface.co")]
    [InlineData("https://huggingface.co/?x=1")]
    [InlineData("")]
    public async Task A_wrong_endpoint_is_named(string endpoint)
    {
        _hub.Options = _hub.Options with { Endpoint = endpoint };

        Assert.Contains($"'{endpoint}' is not the address of a Hub", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html>Please log in</html>")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("""{"sha":"main"}""")]
    [InlineData("""{"sha":"../../../../etc"}""")]
    [InlineData("""{"sha":"\ud800"}""")]
    [InlineData("")]
    public async Task A_response_that_is_not_from_a_Hub_is_an_error(string body)
    {
        _hub.Server.Intercept = request => request.Target.Contains("/revision/", StringComparison.Ordinal)
            ? new FakeAnswer(200, Encoding.UTF8.GetBytes(body))
            : null;

        Assert.Contains("is not one that the Hub sends", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("<html>")]
    public async Task An_invalid_listing_is_an_error(string body)
    {
        _hub.Server.Intercept = request => request.Target.Contains("/tree/", StringComparison.Ordinal)
            ? new FakeAnswer(200, Encoding.UTF8.GetBytes(body))
            : null;

        Assert.Contains("is not one that the Hub sends", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_listing_is_an_error()
    {
        _hub.Server.Intercept = request => request.Target.Contains("/tree/", StringComparison.Ordinal)
            ? new FakeAnswer(200, "[]"u8.ToArray()) { Headers = { ["Link"] = $"<{request.Target}>; rel=\"next\"" } }
            : null;

        Assert.Contains("more than 1000 pages", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endless_redirects_are_an_error()
    {
        _hub.Server.Intercept = request => FakeAnswer.Redirect(request.Target);

        Assert.Contains("redirects more than 10 times", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        Assert.Equal(11, _hub.Server.Requests.Count);
    }

    [Theory]
    [InlineData("file:///etc/passwd", "file://")]
    [InlineData("ftp://localhost/x", "ftp://localhost")]
    public async Task A_redirect_to_an_address_that_is_not_http_is_not_followed(string location, string named)
    {
        _hub.Server.Change = (request, answer) => request.IsFor("config.json") ? FakeAnswer.Redirect(location) : answer;

        Assert.Contains($"redirects to '{named}", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_redirect_from_https_to_http_is_not_followed() =>
        Assert.Throws<HubAnswerException>(
            () => HubConnection.FindTarget(new Uri("https://huggingface.co/x"), new Uri("http://storage.example/x")));

    [Fact]
    public async Task An_untrusted_certificate_is_an_error()
    {
        using var key = RSA.Create(2048);
        using X509Certificate2 own = new CertificateRequest(
            "CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task server = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            await using var stream = new SslStream(client.GetStream());
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await stream.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificate = own }, TestContext.Current.CancellationToken);
                await stream.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
            });
        }, TestContext.Current.CancellationToken);
        _hub.Options = _hub.Options with { Endpoint = $"https://{listener.LocalEndpoint}" };

        Assert.Contains("is not trusted here", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        await server;
    }

    [Fact]
    public async Task A_model_that_was_renamed_is_found_under_its_old_name()
    {
        _hub.Server.Repositories["microsoft/old"] = _hub.Repository;
        _hub.Server.Intercept = request => request.Target.Contains("microsoft/codebert-base", StringComparison.Ordinal)
            ? FakeAnswer.Redirect(
                request.Target.Replace("microsoft/codebert-base", "microsoft/old", StringComparison.Ordinal), 307)
            : null;

        await _hub.FetchAsync();

        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    [Fact]
    public async Task A_model_that_cannot_be_read_is_refused_before_its_weights_are_fetched()
    {
        _hub.Repository.Files.Remove("merges.txt");

        Assert.Contains("no tokenizer", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        Assert.Empty(_hub.AskedFrom());
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_is_an_error()
    {
        File.WriteAllText(_hub.File("hub"), "a file at the path of the folder");

        Assert.Contains(
            $"'{_hub.Options.CacheFolder}' cannot be written to", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }
}
