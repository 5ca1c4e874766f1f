using System.Globalization;
using System.Text;
using System.Text.Json;
using CodeEmbed.Hub;
using CodeEmbed.Tests.Hub;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Hostile;

/// <summary>A Hub with responses that no real Hub would send.</summary>
[Collection(Alone.Name)]
public sealed class HubFuzzTests
{
    private static readonly string[] Names =
    [
        "../evil", "../../../evil", "/tmp/evil", "..\\evil", "C:\\evil", "NUL", "CON.json", "a\0b", "", ".", "..",
        "a/../../../evil", "a//b", "a/", "config.json/x", "😀.json",
        new string('a', 300), "model.safetensors", "refs/main", "blobs/x", ".locks/x", "config.json\n", "%2e%2e/evil",
    ];

    private static readonly string[] Headers =
    [
        "X-Linked-Etag", "X-Linked-Size", "X-Repo-Commit", "ETag", "Content-Range", "Content-Length", "Content-Encoding",
        "Location", "Link", "Retry-After", "X-Error-Code",
    ];

    private static readonly string[] HeaderValues =
    [
        "", "-1", "0", "9223372036854775807", "99999999999999999999", "\"x\"", "../../evil", "bytes 5-2/1",
        "bytes 0-9223372036854775806/9223372036854775807", "gzip", "http://[::", "file:///etc/passwd", "/", "<",
        "<x>; rel=\"next\"", "nonsense",
    ];

    private static readonly int[] Statuses = [200, 206, 204, 301, 302, 304, 307, 404, 416, 429, 500, 999];

    [Fact]
    [Fuzz]
    public void A_hostile_answer_is_used_or_refused_and_nothing_is_written_outside()
    {
        // A file is known to be complete by the hash that its link refers to.
        Links.Require();
        new FuzzRun("hub", Make, Fetch, exception => exception is ModelLoadException).Run(40);
    }

    /// <summary>A case is the response to one request of a fetch, as a list of changes.</summary>
    private static FuzzCase Make(Random random) => new("an answer", ("seed", BitConverter.GetBytes(random.Next())));

    private static void Fetch(FuzzCase made)
    {
        var random = new Random(BitConverter.ToInt32(made.Files[0].Bytes));
        using var outside = new TemporaryFolder();
        using var hub = new HubSetting(
            FakeRepository.WithTokenizer().AddLarge("model.safetensors", 5000).Add("modules.json", "[]"));
        hub.Options = hub.Options with
        {
            CacheFolder = outside.File("deep/er/cache"),
            Limits = HubSetting.Quick with { LongestPause = TimeSpan.FromMilliseconds(2), Stall = TimeSpan.FromSeconds(1) }
        };
        int target = random.Next(7), seen = 0;
        hub.Server.Change = (_, answer) => Interlocked.Increment(ref seen) - 1 >= target ? Change(random, answer) : answer;
        HubSnapshot? snapshot = null;
        Exception? exception = Record.Exception(() => snapshot = hub.FetchAsync().GetAwaiter().GetResult());

        string[] strangers = [.. Directory.GetFileSystemEntries(outside.Path, "*", SearchOption.AllDirectories)
            .Where(path => path != outside.File("deep") && path != outside.File("deep/er")
                && !path.StartsWith(hub.Options.CacheFolder, StringComparison.Ordinal))];
        Assert.Empty(strangers);
        Assert.False(File.Exists("/tmp/evil"));
        if (snapshot is not null)
            CheckWhole(hub, snapshot);

        if (exception is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception);
    }

    /// <summary>
    ///   Accepted files are identified by their hash in the Hub's listing. Here, the weights are identified by their own hash,
    ///   unless the listing was changed.
    /// </summary>
    private static void CheckWhole(HubSetting hub, HubSnapshot snapshot)
    {
        foreach (string file in Directory.GetFiles(snapshot.Folder, "*", SearchOption.AllDirectories))
        {
            string path = File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
            Assert.StartsWith(hub.Options.CacheFolder, path, StringComparison.Ordinal);
            string name = Path.GetFileName(path);
            byte[] content = File.ReadAllBytes(path);
            Assert.Equal(name, new FakeFile(content, IsLarge: name.Length == 64).Hash);
        }
    }

    private static FakeAnswer Change(Random random, FakeAnswer answer)
    {
        bool isJson = answer.Headers.GetValueOrDefault("Content-Type") == "application/json";
        switch (random.Next(8))
        {
            case 0 or 1 or 2 when isJson:
                return answer with { Body = JsonMutation.Change(random, answer.Body) };
            case 3 when isJson && answer.Body[0] == '[':
                return answer with { Body = Encoding.UTF8.GetBytes(Listing(random, Encoding.UTF8.GetString(answer.Body))) };
            case 0 or 1:
                return answer with { Body = ByteMutation.Change(random, answer.Body) };
            case 4:
                return answer with { CutAfter = random.Next(answer.Body.Length + 1) };
            case 5:
                return answer with { Status = Statuses[random.Next(Statuses.Length)] };
            case 6:
                var headers = new Dictionary<string, string>(answer.Headers)
                {
                    [Headers[random.Next(Headers.Length)]] = HeaderValues[random.Next(HeaderValues.Length)]
                };
                return answer with { Headers = headers };
            default:
                return answer;
        }
    }

    /// <summary>A listing with an additional file or another size.</summary>
    private static string Listing(Random random, string listing)
    {
        string name = JsonSerializer.Serialize(Names[random.Next(Names.Length)]);
        string hash = random.Next(3) switch { 0 => "../../evil", 1 => new string('0', 64), _ => "" };
        string size = random.Next(4) switch
        {
            0 => "-1",
            1 => "9223372036854775807",
            2 => "1e3",
            _ => random.Next(100).ToString(CultureInfo.InvariantCulture),
        };
        return $$"""{{listing[..^1]}},{"type":"file","oid":"{{hash}}","size":{{size}},"path":{{name}}}]""";
    }
}
