using System.Net;
using CodeEmbed.Hub;
using CodeEmbed.Hub.Errors;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>No message contains a password or a token, and neither does its inner exception.</summary>
public sealed class SecretsTests : IDisposable
{
    private const string Password = "S3cretPW", Token = "hf_AbcdEfghIjklMnop";

    private readonly HubSetting _hub = new();

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData("http://alice:S3cretPW@127.0.0.1:1", "'http://127.0.0.1:1'")]
    [InlineData("https://alice:S3cretPW@huggingface.co", "'https://huggingface.co'")]
    [InlineData("https://S3cretPW@huggingface.co", "'https://huggingface.co'")]
    [InlineData("https://alice:S3cretPW/@x@huggingface.co", "'https://huggingface.co'")]
    [InlineData("https://alice:S3cretPW x@huggingface.co", "'https://huggingface.co'")]
    [InlineData("alice:S3cretPW@huggingface.co", "'huggingface.co'")]
    [InlineData("ftp://alice:S3cretPW@huggingface.co", "'ftp://huggingface.co'")]
    public async Task An_endpoint_is_shown_without_its_user_part(string endpoint, string shown)
    {
        _hub.Options = _hub.Options with { Endpoint = endpoint };

        ModelLoadException error = await _hub.FailAsync();

        Assert.Contains($"{shown} is not the address of a Hub", error.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Password, _hub.Options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_the_server_echoes_is_not_shown()
    {
        _hub.Options = _hub.Options with { Token = Token };
        _hub.Server.Intercept = request => FakeAnswer.Error(401, message: $"Invalid credentials: {request.Authorization}");

        ModelLoadException error = await _hub.FailAsync();

        Assert.Contains("it says: Invalid credentials: Bearer ***", error.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "The proxy tunnel request to proxy 'http://alice:S3cretPW@127.0.0.1:28499/' failed.",
        "The proxy tunnel request to proxy 'http://127.0.0.1:28499/' failed.")]
    [InlineData("socks5://alice:S3c@retPW@proxy:1080 and https://b:c@d/e", "socks5://proxy:1080 and https://d/e")]
    [InlineData("https://huggingface.co/a/b and me@example.com", "https://huggingface.co/a/b and me@example.com")]
    [InlineData("Bearer hf_AbcdEfghIjklMnop.", "Bearer ***.")]
    [InlineData("HF_TOKEN, hf_hub_download", "HF_TOKEN, hf_hub_download")]
    public void Secrets_are_removed_from_a_text(string text, string expected) => Assert.Equal(expected, HubSecrets.Remove(text));

    [Fact]
    public void Inner_exceptions_are_kept_without_secrets()
    {
        var failure = new HttpRequestException("outer", new WebException("proxy 'http://alice:S3cretPW@host/'"));

        ModelLoadException error = HubErrors.Describe(failure, _hub.Id, "https://u:S3cretPW@hub", "folder", token: null)!;

        Assert.DoesNotContain(Password, error.ToString(), StringComparison.Ordinal);
    }
}
