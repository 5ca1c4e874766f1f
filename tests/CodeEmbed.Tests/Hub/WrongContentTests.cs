using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>A file is accepted only if it matches the Hub's description.</summary>
public sealed class WrongContentTests : IDisposable
{
    private readonly HubSetting _hub = new();

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("config.json")]
    public async Task A_wrong_hash_is_retried_once_and_is_then_an_error(string path)
    {
        FakeFile file = _hub.Repository.Files[path];
        _hub.Repository.Files[path] = file with { Content = Damaged(file.Content) };

        ModelLoadException error = await _hub.FailAsync();

        Assert.Contains($"{path} was fetched twice and has the hash", error.Problem, StringComparison.Ordinal);
        Assert.Equal([null, null], _hub.Server.Requests.Where(request => request.IsFor(path)).Select(request => request.From));
        Assert.DoesNotContain(
            Directory.GetFiles(Path.Combine(_hub.ModelFolder, "blobs")),
            blob => blob.Contains(file.Hash, StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(_hub.Snapshot, path)));
        Assert.False(Directory.Exists(Path.Combine(_hub.ModelFolder, "refs")));
    }

    [Fact]
    public async Task A_file_that_is_corrupt_once_is_correct_in_the_end()
    {
        int sent = 0;
        _hub.Server.Change = (request, answer) =>
            request.IsStorage && sent++ == 0 ? answer with { Body = Damaged(answer.Body) } : answer;

        await _hub.FetchAsync();

        Assert.Equal([0, 0], _hub.AskedFrom());
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task A_wrong_size_is_an_error(int difference)
    {
        _hub.Repository.Files["pytorch_model.bin"] = _hub.Weights with { Size = _hub.Weights.Content.Length + difference };

        ModelLoadException error = await _hub.FailAsync();

        Assert.Contains(
            "pytorch_model.bin was fetched twice and would have 300000 bytes", error.Problem, StringComparison.Ordinal);
        Assert.False(File.Exists(_hub.WeightsBlob));
        Assert.False(File.Exists(_hub.WeightsBlob + ".incomplete"));
    }

    [Fact]
    public async Task More_bytes_than_announced_are_an_error()
    {
        // Without a length the content continues until the connection is closed.
        _hub.Server.Change = (request, answer) =>
            request.IsStorage ? new FakeAnswer(200, [.. answer.Body, 0]) { Headers = { ["Content-Length"] = "" } } : answer;

        Assert.Contains("more than the 300000 bytes", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Linked-Etag", "\"0000000000000000000000000000000000000000000000000000000000000000\"", "hash 0000")]
    [InlineData("X-Linked-Size", "299999", "299999 bytes")]
    [InlineData("X-Repo-Commit", "9999999999999999999999999999999999999999", "commit 9999")]
    public async Task A_Hub_that_contradicts_its_listing_is_an_error(string header, string value, string problem)
    {
        _hub.Server.Change = (request, answer) =>
        {
            if (request.IsFor("pytorch_model.bin"))
                answer.Headers[header] = value;

            return answer;
        };

        Assert.Contains(problem, (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blob_with_the_wrong_length_is_fetched_again()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_hub.WeightsBlob)!);
        File.WriteAllBytes(_hub.WeightsBlob, _hub.Weights.Content[..^1]);

        await _hub.FetchAsync();

        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsFile));
    }

    private static byte[] Damaged(byte[] content)
    {
        byte[] damaged = [.. content];
        damaged[^1] ^= 1;
        return damaged;
    }
}
