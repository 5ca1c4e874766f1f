using System.Diagnostics;
using CodeEmbed.Hub;
using CodeEmbed.Hub.Cache;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>Fetching stops within a second, and the data received so far is kept.</summary>
public sealed class CancellationTests : IDisposable
{
    /// <summary>The delay before the fetch is stopped, long enough that it is probably waiting for the server.</summary>
    private static readonly TimeSpan StopAfter = TimeSpan.FromMilliseconds(300);

    private readonly HubSetting _hub = new();

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData("/revision/")]
    [InlineData("/tree/")]
    [InlineData("/resolve/")]
    [InlineData("/storage/")]
    public async Task It_stops_if_the_server_hangs(string part)
    {
        _hub.Server.Change = (request, answer) =>
            request.Target.Contains(part, StringComparison.Ordinal) ? answer with { StallAfter = 0 } : answer;

        await StopsSoonAsync();
    }

    [Fact]
    public async Task It_stops_in_the_middle_of_a_file_and_the_next_attempt_continues()
    {
        _hub.Server.Change = (request, answer) => request.IsStorage ? answer with { StallAfter = 123_456 } : answer;
        await StopsSoonAsync(() => new FileInfo(_hub.WeightsBlob + ".incomplete") is { Exists: true, Length: 123_456 });
        Assert.Equal(123_456, new FileInfo(_hub.WeightsBlob + ".incomplete").Length);

        _hub.Server.Requests.Clear();
        _hub.Server.Change = (_, answer) => answer;
        await _hub.FetchAsync();

        Assert.Equal([123_456], _hub.AskedFrom());
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    [Fact]
    public async Task It_stops_during_a_pause()
    {
        _hub.Options = _hub.Options with { Limits = HubSetting.Quick with { FirstPause = TimeSpan.FromSeconds(3) } };
        _hub.Server.Intercept = _ => FakeAnswer.Error(500);

        await StopsSoonAsync();
    }

    [Fact]
    public async Task It_stops_while_another_process_fetches_the_file()
    {
        string path = Path.Combine(
            _hub.Options.CacheFolder, ".locks", "models--microsoft--codebert-base", _hub.Weights.Hash + ".lock");
        using IDisposable taken = await BlobLock.AcquireAsync(path, TestContext.Current.CancellationToken);

        await StopsSoonAsync();
    }

    [Fact]
    public async Task A_fetch_that_is_stopped_before_it_starts_sends_no_request()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new HubClient(_hub.Options).FetchAsync(_hub.Id, cancellationToken: new CancellationToken(canceled: true)));

        Assert.Empty(_hub.Server.Requests);
    }

    /// <summary>Stops a fetch, but not before it has reached the required state.</summary>
    private async Task StopsSoonAsync(Func<bool>? isThere = null)
    {
        using var stop = new CancellationTokenSource();
        Task fetch = new HubClient(_hub.Options).FetchAsync(_hub.Id, cancellationToken: stop.Token);
        while (isThere?.Invoke() == false)
            await Task.Delay(10, TestContext.Current.CancellationToken);

        await Task.Delay(StopAfter, TestContext.Current.CancellationToken);
        var watch = Stopwatch.StartNew();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
        Promptness.Check(watch.Elapsed, TimeSpan.FromSeconds(1));
    }
}
