using System.Diagnostics;
using System.Text.RegularExpressions;

namespace CodeEmbed.Tests.Staged;

/// <summary>
///   The sample that embeds over HTTP, in a separate process on a free port. It is killed if it is still running.
/// </summary>
internal sealed partial class ApiProcess : IDisposable
{
    private readonly Process _process;

    private ApiProcess(Process process) => _process = process;

    /// <summary>The client. A request with Expect: 100-continue waits for the response without a limit.</summary>
    public HttpClient Client { get; } = new(
        new SocketsHttpHandler { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan })
    {
        Timeout = HangLimit.Value,
    };

    /// <summary>Starts the process, and waits until it listens.</summary>
    /// <param name="settings">Its configuration: <c>Limits:Waiting=0</c>.</param>
    public static async Task<ApiProcess> StartAsync(params string[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Repository.ApiSampleAssembly, "--urls", "http://127.0.0.1:0", .. settings])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(Repository.ApiSampleAssembly),
        };
        var api = new ApiProcess(Process.Start(start)!);
        var address = new TaskCompletionSource<Uri>();
        var lines = new List<string>();
        api._process.OutputDataReceived += (_, read) => Read(read.Data);
        api._process.ErrorDataReceived += (_, read) => Read(read.Data);
        api._process.BeginOutputReadLine();
        api._process.BeginErrorReadLine();
        try
        {
            api.Client.BaseAddress = await address.Task.WaitAsync(HangLimit.Value);
            return api;
        }
        catch
        {
            api.Dispose();
            throw;
        }

        void Read(string? line)
        {
            lock (lines)
            {
                lines.Add(line ?? string.Empty);
                if (line is not null && Listening().Match(line) is { Success: true } match)
                    address.TrySetResult(new Uri(match.Groups["address"].Value));
                else if (line is null && lines.Count(each => each.Length == 0) == 2)
                    address.TrySetException(new InvalidOperationException(string.Join('\n', lines)));
            }
        }
    }

    /// <summary>Asks the process to stop, as a supervisor does.</summary>
    public async Task TerminateAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits until the process exits.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitAsync()
    {
        using var limit = new CancellationTokenSource(HangLimit.Value);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);

        _process.Dispose();
    }

    [GeneratedRegex(@"Now listening on: (?<address>http://\S+)")]
    private static partial Regex Listening();
}
