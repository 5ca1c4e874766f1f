using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CodeEmbed.Tests.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The C# sample programs, each in a separate process.</summary>
public sealed class SampleTests
{
    private static readonly Uri Address = new("/embeddings", UriKind.Relative);
    private static readonly Uri Health = new("/health", UriKind.Relative);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("add two numbers", "def add")]
    [InlineData("how long is a line", "for line in")]
    [InlineData("wait longer after each failure", "time.sleep")]
    public async Task The_console_sample_finds_the_answer_to_a_question(string question, string expected)
    {
        var result = await ChildProcess.RunAsync(Repository.Root, "dotnet", Repository.ConsoleSampleAssembly, question);

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        Assert.Contains($" {expected}", result.Output.Split('\n')[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_API_returns_the_vectors_of_PyTorch_and_refuses_too_large_requests()
    {
        using ApiProcess api = await ApiProcess.StartAsync(
            "--Limits:Bytes=200000", "--Limits:Texts=8", "--Limits:Characters=20000");
        int[] chosen = [.. ExpectedValues.Texts.Index()
            .Where(entry => entry.Item.Length is > 0 and < 10_000 && !entry.Item.Any(char.IsSurrogate))
            .Select(entry => entry.Index)
            .Take(8)];

        JsonNode answer = await AnswerAsync(await PostAsync(api, [.. chosen.Select(i => ExpectedValues.Texts[i])]), 200);

        double[][] expected = ExpectedValues.Vectors(FixtureModels.Bundled);
        Assert.All(chosen.Index(), entry => Assert.All(
            answer["vectors"]![entry.Index]!.AsArray().Zip(expected[entry.Item]),
            pair => Assert.Equal(pair.Second, (double)pair.First!, 1e-5)));
        int[][] ids = ExpectedValues.Ids(FixtureModels.Bundled);
        Assert.Equal(
            (FixtureModels.Bundled, chosen.Sum(i => ids[i].Length)), ((string?)answer["model"], (int?)answer["tokens"]));

        using HttpResponseMessage health = await api.Client.GetAsync(Health, Stop);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);

        await RefusesAsync("at most 8", Enumerable.Repeat("x", 9));
        await RefusesAsync("at most 20000", ["a", new string('x', 20_001)]);
        await RefusesAsync("no texts", []);
        await RefusesAsync("index 1 is null", ["a", null]);
        JsonNode kind = await AnswerAsync(await PostAsync(api, ["a"], kind: "riddle"), 400);
        Assert.Contains("'riddle'", (string?)kind["detail"], StringComparison.Ordinal);
        using var noJson = new StringContent("{", null, "application/json");
        JsonNode unread = await AnswerAsync(await api.Client.PostAsync(Address, noJson, Stop), 400);
        Assert.Contains("is not JSON such as", (string?)unread["detail"], StringComparison.Ordinal);

        // With a known length, and without.
        string large = $$"""{"texts":["{{new string('x', 300_000)}}"]}""";
        using var told = new StringContent(large, null, "application/json");
        await AnswerAsync(await api.Client.PostAsync(Address, told, Stop), 413);
        using var untold = new HeldContent(large);
        untold.Release();
        await AnswerAsync(await PostAsync(api, untold), 413);

        await AnswerAsync(await PostAsync(api, ["it still answers"]), 200);

        async Task RefusesAsync(string why, IEnumerable<string?> texts)
        {
            JsonNode problem = await AnswerAsync(await PostAsync(api, texts), 400);
            Assert.Contains(why, (string?)problem["detail"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_API_limits_its_queue_and_says_when_to_retry()
    {
        using ApiProcess api = await ApiProcess.StartAsync(
            "--Limits:AtOnce=1", "--Limits:Waiting=1", "--Limits:RetryAfterSeconds=7");

        // Each takes seconds: one is embedded, one waits, and the last one to arrive is refused.
        string[] texts = [.. Enumerable.Repeat(string.Concat(Enumerable.Repeat("x = y + 1\n", 400)), 256)];
        List<Task<HttpResponseMessage>> running = [.. Enumerable.Range(0, 3).Select(_ => PostAsync(api, texts))];
        Task<HttpResponseMessage> refused = await Task.WhenAny(running);
        HttpResponseMessage refusal = await refused;
        Assert.Equal("7", refusal.Headers.RetryAfter!.ToString());
        JsonNode problem = await AnswerAsync(refusal, 429);
        Assert.Contains("Try again in 7 seconds", (string?)problem["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAsync(Health, Stop)).StatusCode);

        running.Remove(refused);
        foreach (Task<HttpResponseMessage> other in running)
            await AnswerAsync(await other, 200);

        await AnswerAsync(await PostAsync(api, ["it accepts more"]), 200);
    }

    [Fact]
    public async Task A_slow_client_takes_no_place_in_the_queue()
    {
        using ApiProcess api = await ApiProcess.StartAsync("--Limits:AtOnce=1", "--Limits:Waiting=1");
        HeldContent[] held = [.. Enumerable.Range(0, 3).Select(_ => new HeldContent("""{"texts":["slow"]}"""))];
        Task<HttpResponseMessage>[] slow = [.. held.Select(content => PostAsync(api, content))];
        await Task.WhenAll(held.Select(content => content.Begun));

        await AnswerAsync(await PostAsync(api, ["quick"]), 200);

        foreach ((HeldContent content, Task<HttpResponseMessage> answer) in held.Zip(slow))
        {
            content.Release();
            await AnswerAsync(await answer, 200);
            content.Dispose();
        }
    }

    [Fact]
    public async Task The_API_finishes_running_requests_when_it_is_stopped()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using ApiProcess api = await ApiProcess.StartAsync();
        using var content = new HeldContent("""{"texts":["the last one"]}""");
        Task<HttpResponseMessage> running = PostAsync(api, content);
        await content.Begun;

        await api.TerminateAsync();
        await ClosedAsync(api);
        content.Release();

        await AnswerAsync(await running, 200);
        Assert.Equal(0, await api.WaitAsync());
    }

    private static Task<HttpResponseMessage> PostAsync(ApiProcess api, IEnumerable<string?> texts, string? kind = null) =>
        api.Client.PostAsJsonAsync(
            Address, kind is null ? new { texts } : (object)new { texts, kind }, Stop);

    /// <summary>Sends a body when the program has started to read it.</summary>
    private static async Task<HttpResponseMessage> PostAsync(ApiProcess api, HeldContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address) { Content = content };
        request.Headers.ExpectContinue = true;
        return await api.Client.SendAsync(request, Stop);
    }

    /// <summary>Reads a response, which must have the given status; an error must be described as in RFC 9457.</summary>
    private static async Task<JsonNode> AnswerAsync(HttpResponseMessage response, int status)
    {
        using (response)
        {
            string text = await response.Content.ReadAsStringAsync(Stop);
            Assert.True(status == (int)response.StatusCode, $"{response.StatusCode}: {text}");
            Assert.Equal(
                status == 200 ? "application/json" : "application/problem+json", response.Content.Headers.ContentType?.MediaType);
            return JsonNode.Parse(text)!;
        }
    }

    /// <summary>Waits until no connection is accepted any more.</summary>
    private static async Task ClosedAsync(ApiProcess api)
    {
        while (true)
        {
            using var client = new HttpClient { BaseAddress = api.Client.BaseAddress };
            try
            {
                using HttpResponseMessage health = await client.GetAsync(Health, Stop);
            }
            catch (HttpRequestException)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), Stop);
        }
    }
}
