using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace CodeEmbed.Tests.Hub;

/// <summary>
///   A server on loopback that speaks the Hub's protocol, as huggingface_hub expects it. The large files are at a second host
///   name, each at an address that serves only one request.
/// </summary>
internal sealed class FakeHub : IDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, FakeFile> _signed = new();
    private int _signatures;

    /// <summary>Starts a server.</summary>
    /// <param name="port">Its port; 0 for a free one.</param>
    public FakeHub(int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>The Hub's address.</summary>
    public string Endpoint => $"http://127.0.0.1:{Port}";

    /// <summary>The models.</summary>
    public Dictionary<string, FakeRepository> Repositories { get; } = [];

    /// <summary>How many files a page of a listing has.</summary>
    public int PageSize { get; set; } = 1000;

    /// <summary>Responds instead of the Hub, unless it returns <see langword="null"/>.</summary>
    public Func<FakeRequest, FakeAnswer?> Intercept { get; set; } = _ => null;

    /// <summary>Changes the responses of the Hub.</summary>
    public Func<FakeRequest, FakeAnswer, FakeAnswer> Change { get; set; } = (_, answer) => answer;

    /// <summary>The requests so far.</summary>
    public ConcurrentQueue<FakeRequest> Requests { get; } = [];

    /// <summary>The address of the large files: the same server under another name.</summary>
    private string Storage => $"http://localhost:{Port}";

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                FakeRequest request = await ReadRequestAsync(stream);
                Requests.Enqueue(request);
                await WriteAsync(stream, request, Intercept(request) ?? Change(request, Answer(request)));
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The client disconnected, or the test is over.
            }
        }
    }

    private async Task<FakeRequest> ReadRequestAsync(NetworkStream stream)
    {
        var lines = new List<string>();
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line)
            lines.Add(line);

        if (lines.Count == 0)
            throw new IOException("The client sent nothing.");

        string? Header(string name) =>
            lines.FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..];
        long? from = Header("Range") is { } range ? long.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : null;
        string[] first = lines[0].Split(' ');
        return new FakeRequest(first[0], Header("Host")!, first[1], from, Header("Authorization"));
    }

    private async Task WriteAsync(NetworkStream stream, FakeRequest request, FakeAnswer answer)
    {
        var head = new StringBuilder($"HTTP/1.1 {answer.Status} Answer\r\nConnection: close\r\n");
        if (!answer.Headers.ContainsKey("Content-Length"))
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {answer.Body.Length}\r\n");
        foreach ((string name, string value) in answer.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        if (request.Method != "HEAD")
        {
            await stream.WriteAsync(
                answer.Body.AsMemory(0, answer.CutAfter ?? answer.StallAfter ?? answer.Body.Length), _stop.Token);
        }

        if (answer.StallAfter is not null)
            await Task.Delay(Timeout.Infinite, _stop.Token);

        stream.Socket.Shutdown(SocketShutdown.Send);

        // Closing with unread input would reset the connection and discard the data that the client has not read yet.
        await stream.CopyToAsync(Stream.Null, _stop.Token);
    }

    private FakeAnswer Answer(FakeRequest request)
    {
        string[] parts = request.Target.Split('?')[0].TrimStart('/').Split('/');
        string query = request.Target.Contains('?', StringComparison.Ordinal) ? request.Target.Split('?', 2)[1] : "";
        if (request.IsStorage)
        {
            return _signed.TryRemove(request.Target, out FakeFile? stored)
                ? Content(stored, request)
                : FakeAnswer.Error(403, message: "The address has expired");
        }

        string name = parts[0] == "api" ? $"{parts[2]}/{parts[3]}" : $"{parts[0]}/{parts[1]}";
        if (!Repositories.TryGetValue(name, out FakeRepository? repository))
            return FakeAnswer.Error(401, "RepoNotFound", "Repository not found");

        string revision = Uri.UnescapeDataString(parts[0] == "api" ? parts[5] : parts[3]);
        string commit = repository.Revisions.GetValueOrDefault(revision, revision);
        if (!repository.Commits.TryGetValue(commit, out Dictionary<string, FakeFile>? files))
            return FakeAnswer.Error(404, "RevisionNotFound", "Invalid rev id");

        if (parts[0] == "api")
        {
            return parts[4] == "revision"
                ? Json(new
                {
                    id = name,
                    sha = commit,
                    gated = false,
                    siblings = files.Keys.Select(path => new { rfilename = path }),
                })
                : Page(name, commit, files, query);
        }

        string file = Uri.UnescapeDataString(string.Join('/', parts[4..]));
        return files.TryGetValue(file, out FakeFile? found)
            ? Resolve(found, commit, request)
            : FakeAnswer.Error(404, "EntryNotFound", "Entry not found");
    }

    private FakeAnswer Page(string name, string commit, Dictionary<string, FakeFile> files, string query)
    {
        const string cursorName = "cursor=";
        int found = query.IndexOf(cursorName, StringComparison.Ordinal);
        int cursor = found >= 0 ? int.Parse(query[(found + cursorName.Length)..], CultureInfo.InvariantCulture) : 0;
        IEnumerable<object> folders = cursor > 0 ? [] : files.Keys.Where(path => path.Contains('/', StringComparison.Ordinal))
            .Select(path => path.Split('/')[0]).Distinct().Select(
                path => (object)new { type = "directory", oid = new string('0', 40), size = 0, path });
        IEnumerable<object> entries = files.Skip(cursor).Take(PageSize).Select(file => file.Value.IsLarge
            ? (object)new
            {
                type = "file",
                oid = new string('a', 40),
                size = 134,
                path = file.Key,
                lfs = new { oid = file.Value.Hash, size = file.Value.Size, pointerSize = 134 }
            }
            : new { type = "file", oid = file.Value.Hash, size = file.Value.Size, path = file.Key });
        FakeAnswer page = Json(folders.Concat(entries));
        if (cursor + PageSize < files.Count)
        {
            page.Headers["Link"] =
                $"<{Endpoint}/api/models/{name}/tree/{commit}?recursive=true&cursor={cursor + PageSize}>; rel=\"next\"";
        }

        return page;
    }

    private FakeAnswer Resolve(FakeFile file, string commit, FakeRequest request)
    {
        FakeAnswer answer;
        if (file.IsLarge)
        {
            string address = $"/storage/{file.Hash}?Signature={Interlocked.Increment(ref _signatures)}";
            _signed[address] = file;
            answer = FakeAnswer.Redirect(Storage + address);
            answer.Headers["X-Linked-Size"] = file.Size.ToString(CultureInfo.InvariantCulture);
            answer.Headers["X-Linked-Etag"] = $"\"{file.Hash}\"";
        }
        else
        {
            answer = Content(file, request);
            answer.Headers["ETag"] = $"\"{file.Hash}\"";
        }

        answer.Headers["X-Repo-Commit"] = commit;
        return answer;
    }

    private static FakeAnswer Content(FakeFile file, FakeRequest request)
    {
        if (request.From is not { } from)
            return new FakeAnswer(200, file.Content);

        if (from >= file.Content.Length)
            return new FakeAnswer(416, []) { Headers = { ["Content-Range"] = $"bytes */{file.Content.Length}" } };

        return new FakeAnswer(206, file.Content[(int)from..])
        {
            Headers = { ["Content-Range"] = $"bytes {from}-{file.Content.Length - 1}/{file.Content.Length}" },
        };
    }

    private static FakeAnswer Json(object value) =>
        new(200, JsonSerializer.SerializeToUtf8Bytes(value)) { Headers = { ["Content-Type"] = "application/json" } };
}
