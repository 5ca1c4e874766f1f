using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>An interrupted transfer continues where it ended.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly HubSetting _hub = new();

    public void Dispose() => _hub.Dispose();

    private string Incomplete => _hub.WeightsBlob + ".incomplete";

    [Fact]
    public async Task A_file_that_is_interrupted_at_any_of_100_offsets_continues_there()
    {
        int length = (int)_hub.Weights.Size;
        var random = new Random(4);
        foreach (int cut in Enumerable.Range(0, 100).Select(_ => random.Next(length)))
        {
            _hub.Server.Requests.Clear();
            _hub.Server.Change = (request, answer) =>
                request is { IsStorage: true, From: null } ? answer with { CutAfter = cut } : answer;

            await _hub.FetchAsync();

            // Exactly the rest is requested; after an interruption before the first byte, everything is requested again.
            Assert.Equal([0, cut], _hub.AskedFrom());
            Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
            Assert.False(File.Exists(Incomplete));
            File.Delete(_hub.WeightsBlob);
            File.Delete(_hub.WeightsFile);
        }
    }

    [Fact]
    public async Task Each_retry_starts_at_the_Hub_because_addresses_expire()
    {
        _hub.Server.Change = (request, answer) =>
            request is { IsStorage: true, From: null or < 200_000 } ? answer with { CutAfter = 90_000 } : answer;

        await _hub.FetchAsync();

        Assert.Equal([0, 90_000, 180_000, 270_000], _hub.AskedFrom());
        Assert.Equal(4, _hub.Server.Requests.Count(request => request.IsFor("pytorch_model.bin")));
        Assert.Equal(
            4, _hub.Server.Requests.Where(request => request.IsStorage).Select(request => request.Target).Distinct().Count());
    }

    [Fact]
    public async Task An_interrupted_small_file_is_correct_too()
    {
        int cuts = 0;
        _hub.Server.Change = (request, answer) =>
            request.IsFor("config.json") && cuts++ == 0 ? answer with { CutAfter = 7 } : answer;

        await _hub.FetchAsync();

        Assert.Equal(
            [null, 7L], _hub.Server.Requests.Where(request => request.IsFor("config.json")).Select(request => request.From));
        Assert.Equal(_hub.Repository.Files["config.json"].Content, File.ReadAllBytes(Path.Combine(_hub.Snapshot, "config.json")));
    }

    [Fact]
    public async Task Repeated_interruptions_are_an_error_and_the_next_attempt_continues()
    {
        _hub.Server.Change = (request, answer) =>
            request.IsStorage ? answer with { CutAfter = request.From is null ? 100_000 : 0 } : answer;

        ModelLoadException error = await _hub.FailAsync();

        Assert.Contains("interrupted repeatedly", error.Problem, StringComparison.Ordinal);
        Assert.Equal(100_000, new FileInfo(Incomplete).Length);
        Assert.False(File.Exists(_hub.WeightsBlob));
        Assert.Equal(HubSetting.Quick.Attempts, _hub.AskedFrom().Length);

        _hub.Server.Requests.Clear();
        _hub.Server.Change = (_, answer) => answer;
        await _hub.FetchAsync();

        Assert.Equal([100_000], _hub.AskedFrom());
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    [Fact]
    public async Task A_server_that_sends_nothing_counts_as_an_interruption()
    {
        _hub.Options = _hub.Options with { Limits = HubSetting.Quick with { Stall = TimeSpan.FromSeconds(2) } };
        _hub.Server.Change = (request, answer) =>
            request is { IsStorage: true, From: null } ? answer with { StallAfter = 50_000 } : answer;

        await _hub.FetchAsync();

        Assert.Equal([0, 50_000], _hub.AskedFrom());
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    [Fact]
    public async Task A_server_that_never_answers_is_an_error_that_says_so()
    {
        _hub.Options = _hub.Options with { Limits = HubSetting.Quick with { Stall = TimeSpan.FromMilliseconds(50) } };
        _hub.Server.Change = (_, answer) => answer with { StallAfter = 0 };

        Assert.Contains("sent nothing for 0.1 seconds", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(299_999)]
    [InlineData(300_000)]
    public async Task A_partial_file_of_an_earlier_attempt_is_used(int length)
    {
        LeaveIncomplete(_hub.Weights.Content[..length]);

        await _hub.FetchAsync();

        Assert.Equal(length == 300_000 ? [] : [length], _hub.AskedFrom());
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(300_000)]
    public async Task A_corrupt_partial_file_is_fetched_again_from_the_start(int length)
    {
        LeaveIncomplete(new byte[length]);

        await _hub.FetchAsync();

        Assert.Equal(0, _hub.AskedFrom()[^1]);
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    [Fact]
    public async Task A_partial_file_longer_than_the_file_is_discarded()
    {
        LeaveIncomplete(new byte[300_001]);

        await _hub.FetchAsync();

        Assert.Equal([0], _hub.AskedFrom());
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    [Fact]
    public async Task A_server_without_ranges_sends_everything_again()
    {
        _hub.Server.Change = (request, answer) => !request.IsStorage ? answer
            : request.From is null ? answer with { CutAfter = 1000 }
            : new FakeAnswer(200, _hub.Weights.Content);

        await _hub.FetchAsync();

        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    [Fact]
    public async Task A_server_without_more_data_is_asked_from_the_start()
    {
        int asked = 0;
        LeaveIncomplete(_hub.Weights.Content[..1000]);
        _hub.Server.Change = (request, answer) => request.IsStorage && asked++ == 0 ? FakeAnswer.Error(416) : answer;

        await _hub.FetchAsync();

        Assert.Equal([1000, 0], _hub.AskedFrom());
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    [Fact]
    public async Task A_server_that_sends_another_part_is_asked_from_the_start()
    {
        LeaveIncomplete(_hub.Weights.Content[..1000]);
        _hub.Server.Change = (request, answer) => request is { IsStorage: true, From: not null }
            ? answer with
            {
                Headers = new() { ["Content-Range"] = "bytes 2000-299999/300000" },
                Body = _hub.Weights.Content[2000..]
            }
            : answer;

        await _hub.FetchAsync();

        Assert.Equal([1000, 0], _hub.AskedFrom());
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    private void LeaveIncomplete(byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Incomplete)!);
        File.WriteAllBytes(Incomplete, content);
    }
}
