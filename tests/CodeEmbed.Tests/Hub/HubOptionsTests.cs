using CodeEmbed.Hub;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>The variables that huggingface_hub reads, with the meaning that its constants.py defines.</summary>
public sealed class HubOptionsTests
{
    private static readonly string Root = Path.GetFullPath("/base");

    [Fact]
    public void Without_variables_the_cache_is_in_the_home_folder()
    {
        HubOptions options = Read();

        Assert.Equal("https://huggingface.co", options.Endpoint);
        Assert.Equal(Path.Combine(Root, "me", ".cache", "huggingface", "hub"), options.CacheFolder);
        Assert.Equal(Path.Combine(Root, "me", ".cache", "huggingface", "token"), options.TokenFile);
        Assert.Null(options.Token);
        Assert.False(options.Offline);
        Assert.True(options.UseLinks);
    }

    [Theory]
    [InlineData(
        "cache", "HF_HUB_CACHE=/base/cache", "HUGGINGFACE_HUB_CACHE=/base/x", "HF_HOME=/base/y", "XDG_CACHE_HOME=/base/z")]
    [InlineData("cache", "HUGGINGFACE_HUB_CACHE=/base/cache", "HF_HOME=/base/y", "XDG_CACHE_HOME=/base/z")]
    [InlineData("home/hub", "HF_HOME=/base/home", "XDG_CACHE_HOME=/base/z")]
    [InlineData("xdg/huggingface/hub", "XDG_CACHE_HOME=/base/xdg")]
    [InlineData("me/models", "HF_HUB_CACHE=~/models")]
    [InlineData("a/b", "HF_HUB_CACHE=/base/${PART}/$OTHER", "PART=a", "OTHER=b")]
    [InlineData("home/hub", "HF_HUB_CACHE=", "HF_HOME=/base/home")]
    public void The_first_of_the_variables_sets_the_location_of_the_cache(string expected, params string[] variables) =>
        Assert.Equal(Path.GetFullPath(Path.Combine(Root, expected)), Read(variables).CacheFolder);

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("Yes", true)]
    [InlineData("ON", true)]
    [InlineData("0", false)]
    [InlineData("false", false)]
    [InlineData("", false)]
    public void HF_HUB_OFFLINE_is_read_as_huggingface_hub_reads_it(string value, bool offline) =>
        Assert.Equal(offline, Read("HF_HUB_OFFLINE=" + value).Offline);

    [Fact]
    public void The_endpoint_has_no_slash_at_its_end() =>
        Assert.Equal("https://mirror.example/hf", Read("HF_ENDPOINT=https://mirror.example/hf/").Endpoint);

    [Fact]
    public void The_token_from_the_variable_takes_precedence_over_the_file()
    {
        Assert.Equal("hf_a", Read("HF_TOKEN=hf_a", "HUGGING_FACE_HUB_TOKEN=hf_b").Token);
        Assert.Equal("hf_b", Read("HUGGING_FACE_HUB_TOKEN=hf_b").Token);
        Assert.Equal(Path.Combine(Root, "secret"), Read("HF_TOKEN_PATH=/base/secret", "HF_HOME=/base/home").TokenFile);
        Assert.Equal(Path.Combine(Root, "home", "token"), Read("HF_HOME=/base/home").TokenFile);
    }

    [Fact]
    public void No_token_is_sent_if_that_is_disabled()
    {
        HubOptions options = Read("HF_TOKEN=hf_a", "HF_HUB_DISABLE_IMPLICIT_TOKEN=1");

        Assert.Null(options.Token);
        Assert.Null(options.TokenFile);
    }

    [Fact]
    public void Links_can_be_disabled() => Assert.False(Read("HF_HUB_DISABLE_SYMLINKS=1").UseLinks);

    [Fact]
    public void The_token_is_not_printed() =>
        Assert.DoesNotContain("hf_a", Read("HF_TOKEN=hf_a").ToString(), StringComparison.Ordinal);

    private static HubOptions Read(params string[] variables)
    {
        Dictionary<string, string> values = variables.Select(variable => variable.Split('=', 2)).ToDictionary(
            parts => parts[0], parts => parts[1]);
        values["HOME"] = values["USERPROFILE"] = Path.Combine(Root, "me");
        return HubOptions.FromVariables(name => values.GetValueOrDefault(name));
    }
}
