using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>The token is sent only to the Hub.</summary>
public sealed class TokenTests : IDisposable
{
    private const string Token = "hf_secret";

    private readonly HubSetting _hub = new();

    public TokenTests() => _hub.Options = _hub.Options with { Token = Token };

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task The_token_is_sent_to_the_Hub_and_never_to_the_second_host()
    {
        _hub.Server.Change = (request, answer) =>
            request is { IsStorage: true, From: null } ? answer with { CutAfter = 1000 } : answer;

        await _hub.FetchAsync();

        ILookup<bool, FakeRequest> byHost = _hub.Server.Requests.ToLookup(
            request => request.Host == $"127.0.0.1:{_hub.Server.Port}");
        Assert.All(byHost[true], request => Assert.Equal($"Bearer {Token}", request.Authorization));
        Assert.All(byHost[false], request => Assert.Null(request.Authorization));
        Assert.Equal(2, byHost[false].Count());
    }

    [Fact]
    public async Task The_token_is_kept_if_the_Hub_redirects_to_itself()
    {
        _hub.Server.Intercept = request => request.IsFor("config.json") && !request.Target.EndsWith(
            "/moved/config.json", StringComparison.Ordinal)
            ? FakeAnswer.Redirect("/moved/resolve/moved/config.json", 307)
            : request.IsFor("config.json") ? new FakeAnswer(200, _hub.Repository.Files["config.json"].Content) : null;

        await _hub.FetchAsync();

        Assert.Equal(
            [$"Bearer {Token}", $"Bearer {Token}"],
            _hub.Server.Requests.Where(request => request.IsFor("config.json")).Select(request => request.Authorization));
    }

    [Fact]
    public async Task Another_port_of_the_same_host_is_another_server()
    {
        using var other = new FakeHub { Intercept = _ => new FakeAnswer(200, _hub.Repository.Files["config.json"].Content) };
        _hub.Server.Change = (request, answer) =>
            request.IsFor("config.json") ? FakeAnswer.Redirect($"{other.Endpoint}/config.json") : answer;

        await _hub.FetchAsync();

        Assert.Null(Assert.Single(other.Requests).Authorization);
    }

    [Fact]
    public async Task A_redirect_there_and_back_sends_the_token_only_to_the_Hub()
    {
        using var other = new FakeHub { Intercept = _ => FakeAnswer.Redirect($"{_hub.Server.Endpoint}/back") };
        _hub.Server.Intercept = request => request.Target == "/back"
            ? new FakeAnswer(200, _hub.Repository.Files["config.json"].Content)
            : null;
        _hub.Server.Change = (request, answer) =>
            request.IsFor("config.json") ? FakeAnswer.Redirect($"{other.Endpoint}/config.json") : answer;

        await _hub.FetchAsync();

        Assert.Null(Assert.Single(other.Requests).Authorization);
    }

    [Fact]
    public async Task A_page_of_the_listing_on_another_host_is_not_requested()
    {
        using var other = new FakeHub();
        _hub.Server.Change = (request, answer) =>
        {
            if (request.Target.Contains("/tree/", StringComparison.Ordinal))
                answer.Headers["Link"] = $"<{other.Endpoint}/next>; rel=\"next\"";

            return answer;
        };

        await _hub.FailAsync();

        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task The_token_is_read_from_its_file_if_it_is_not_set()
    {
        File.WriteAllText(_hub.File("token"), Token + "\r\n");
        _hub.Options = _hub.Options with { Token = null, TokenFile = _hub.File("token") };

        await _hub.FetchAsync();

        Assert.Equal($"Bearer {Token}", _hub.Server.Requests.First().Authorization);
    }

    [Fact]
    public async Task Without_a_token_none_is_sent()
    {
        _hub.Options = _hub.Options with { Token = null, TokenFile = _hub.File("none") };

        await _hub.FetchAsync();

        Assert.All(_hub.Server.Requests, request => Assert.Null(request.Authorization));
    }

    [Theory]
    [InlineData("hf_a\r\nX-Evil: 1")]
    [InlineData("hf_ü")]
    [InlineData("hf a")]
    public async Task A_token_that_is_invalid_in_a_header_is_an_error_that_does_not_print_it(string token)
    {
        _hub.Options = _hub.Options with { Token = token };

        ModelLoadException error = await _hub.FailAsync();

        Assert.Contains("access token", error.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain(token, error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_hub.Server.Requests);
    }

    [Fact]
    public async Task No_error_prints_the_token()
    {
        _hub.Server.Intercept = _ => FakeAnswer.Error(401);

        Assert.DoesNotContain(Token, (await _hub.FailAsync()).ToString(), StringComparison.Ordinal);
    }
}
