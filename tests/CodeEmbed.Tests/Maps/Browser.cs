using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace CodeEmbed.Tests.Maps;

/// <summary>A Chromium without a window, driven by the Chrome DevTools Protocol.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private const int Width = 1200, Height = 800;

    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome"];

    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[1 << 20];
    private int _lastId;

    private Browser(Process process) => _process = process;

    /// <summary>The addresses that the page has requested.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>The errors of the page's scripts, and the requests that the browser refused.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>The path of the browser, or <see langword="null"/> if none is installed.</summary>
    public static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .SelectMany(folder => Programs.Select(program => Path.Combine(folder, program))).FirstOrDefault(File.Exists);

    /// <summary>Opens a page.</summary>
    /// <param name="program">The path of the browser.</param>
    /// <param name="profile">An empty folder.</param>
    /// <param name="page">The page.</param>
    /// <param name="hasWebGL">Whether the browser supports WebGL.</param>
    public static async Task<Browser> OpenAsync(string program, string profile, string page, bool hasWebGL = true)
    {
        // No sandbox, because root cannot use one, and the page is the test's own. The CPU draws, because there may be no GPU.
        string[] arguments =
        [
            "--headless", "--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage",
            .. hasWebGL ? new[] { "--use-angle=swiftshader", "--enable-unsafe-swiftshader" } : ["--disable-3d-apis"],
            $"--window-size={Width},{Height}", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank",
        ];
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var browser = new Browser(process);
        try
        {
            await browser.ConnectAsync(Path.Combine(profile, "DevToolsActivePort"));
            foreach (string domain in new[] { "Page", "Runtime", "Network", "Log" })
                await browser.SendAsync($"{domain}.enable");

            await browser.SendAsync("Page.navigate", new JsonObject { ["url"] = new Uri(page).AbsoluteUri });
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>The value of an expression in the page.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        JsonNode result = await SendAsync(
            "Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true });
        return result["exceptionDetails"] is { } error
            ? throw new InvalidOperationException(error.ToJsonString())
            : result["result"]!["value"];
    }

    /// <summary>Waits until an expression in the page is true.</summary>
    public async Task WaitForAsync(string condition)
    {
        long started = Stopwatch.GetTimestamp();
        while ((bool?)await EvaluateAsync($"Boolean({condition})") != true)
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(1))
                Assert.Fail($"This did not become true: {condition}. {string.Join(' ', Problems)}");

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Moves the mouse to a position, and clicks there if requested.</summary>
    public async Task PointAsync(double x, double y, bool click = false)
    {
        await MouseAsync("mouseMoved", x - 1, y);
        await MouseAsync("mouseMoved", x, y);
        if (!click)
            return;

        await MouseAsync("mousePressed", x, y);
        await MouseAsync("mouseReleased", x, y);
    }

    /// <summary>Clicks the center of an element.</summary>
    public async Task ClickAsync(string selector)
    {
        (double x, double y) = await PlaceAsync(
            $"(() => {{ const box = document.querySelector({JsonSerializer.Serialize(selector)}).getBoundingClientRect(); "
            + "return [box.left + box.width / 2, box.top + box.height / 2]; })()");
        await PointAsync(x, y, click: true);
    }

    /// <summary>The two numbers that an expression returns.</summary>
    public async Task<(double X, double Y)> PlaceAsync(string expression)
    {
        JsonNode place = (await EvaluateAsync(expression))!;
        return ((double)place[0]!, (double)place[1]!);
    }

    /// <summary>Types a text.</summary>
    public async Task TypeAsync(string text) => await SendAsync("Input.insertText", new JsonObject { ["text"] = text });

    /// <summary>Saves a screenshot of the page.</summary>
    public async Task SaveScreenAsync(string file) => await File.WriteAllBytesAsync(
        file, Convert.FromBase64String((string)(await SendAsync("Page.captureScreenshot"))["data"]!));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ConnectAsync(string portFile)
    {
        long started = Stopwatch.GetTimestamp();
        string[] lines = [];
        while (lines.Length < 2)
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(1))
                Assert.Fail("The browser did not start.");

            await Task.Delay(50, TestContext.Current.CancellationToken);
            lines = File.Exists(portFile) ? await File.ReadAllLinesAsync(portFile) : [];
        }

        int port = int.Parse(lines[0], CultureInfo.InvariantCulture);
        using var http = new HttpClient();
        JsonArray pages = JsonNode.Parse(await http.GetStringAsync($"http://127.0.0.1:{port}/json/list"))!.AsArray();
        string address = (string)pages.First(page => (string?)page!["type"] == "page")!["webSocketDebuggerUrl"]!;
        await _socket.ConnectAsync(new Uri(address), TestContext.Current.CancellationToken);
    }

    private Task<JsonNode> MouseAsync(string type, double x, double y) => SendAsync("Input.dispatchMouseEvent", new JsonObject
    {
        ["type"] = type,
        ["x"] = x,
        ["y"] = y,
        ["button"] = type == "mouseMoved" ? "none" : "left",
        ["clickCount"] = type == "mouseMoved" ? 0 : 1,
    });

    /// <summary>Sends a command and waits for its result. Events that the browser sends meanwhile are recorded.</summary>
    private async Task<JsonNode> SendAsync(string method, JsonObject? parameters = null)
    {
        int id = ++_lastId;
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        CancellationToken token = TestContext.Current.CancellationToken;
        await _socket.SendAsync(
            JsonSerializer.SerializeToUtf8Bytes(command), WebSocketMessageType.Text, endOfMessage: true, token);
        while (true)
        {
            JsonNode message = await ReceiveAsync(token);
            if ((int?)message["id"] == id)
            {
                return message["result"]
                    ?? throw new InvalidOperationException($"{method}: {message["error"]!.ToJsonString()}");
            }

            Note(message);
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken token)
    {
        using var message = new MemoryStream();
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(_buffer.AsMemory(), token);
            message.Write(_buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);

        return JsonNode.Parse(message.ToArray())!;
    }

    private void Note(JsonNode message)
    {
        JsonNode? told = message["params"];
        switch ((string?)message["method"])
        {
            case "Network.requestWillBeSent":
                Requests.Add((string)told!["request"]!["url"]!);
                break;
            case "Runtime.exceptionThrown":
                Problems.Add(told!["exceptionDetails"]!.ToJsonString());
                break;
            case "Log.entryAdded" when (string?)told!["entry"]!["level"] == "error":
                Problems.Add((string)told["entry"]!["text"]!);
                break;
        }
    }
}
