using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CodeEmbed.PesterTests;

/// <summary>
/// Runs Pester files in one pwsh and reads the results, line by line, through a separate pipe, so that tests may write anything
/// to the standard streams. Anything other than a completed run is an error.
/// </summary>
internal sealed class PesterProcess : IDisposable
{
    /// <summary>The limit for a file. It only ends a run that hangs, because a file takes seconds.</summary>
    private static readonly TimeSpan LongestFile = TimeSpan.FromMinutes(15);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly NamedPipeServerStream _pipe;
    private readonly Process _process;
    private readonly OutputTail _output = new();

    /// <summary>Starts PowerShell.</summary>
    public PesterProcess(IEnumerable<string> files, string? name, bool list)
    {
        RequireFile(Build.Pwsh, "PowerShell");
        RequireFile(Build.Pester, "Pester");
        string pipe = $"codeembed-{Environment.ProcessId}-{Guid.NewGuid():N}";
        _pipe = new NamedPipeServerStream(pipe, PipeDirection.In, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(
            dotnet, [Build.Pwsh, "-NoProfile", "-NonInteractive", "-File", Build.Script, "-Pester", Build.Pester, "-Pipe", pipe])
        {
            WorkingDirectory = Build.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["POWERSHELL_TELEMETRY_OPTOUT"] = "1", ["POWERSHELL_UPDATECHECK"] = "Off" },
        };
        if (name is not null)
            AddTo(start, "-Name", name);
        if (list)
            AddTo(start, "-List");
        AddTo(start, [.. files]);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _output.Add(line.Data);
        _process.ErrorDataReceived += (_, line) => _output.Add(line.Data);
        try
        {
            _process.Start();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            Dispose();
            throw new PesterException($"PowerShell cannot be started with '{dotnet}': {exception.Message}");
        }

        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Its reports, until the end of the run.</summary>
    public async IAsyncEnumerable<PesterRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(LongestFile);
        string place = "before the first file";
        using var reader = new StreamReader(_pipe);
        while (true)
        {
            PesterRecord? record;
            try
            {
                record = await ReadOneAsync(reader, stop.Token);
                if (record is null or { Kind: PesterRecordKind.End })
                    await _process.WaitForExitAsync(stop.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new PesterException(
                    $"PowerShell reported nothing for {LongestFile.TotalMinutes} minutes, {place}, and was killed.{_output}");
            }

            if (record is null)
                throw new PesterException(
                    $"PowerShell ended with exit code {_process.ExitCode}, {place}, before all tests were run.{_output}");

            if (record.Kind == PesterRecordKind.End)
            {
                if (_process.ExitCode != 0)
                    throw new PesterException(
                        $"PowerShell ended with exit code {_process.ExitCode} when all tests were run.{_output}");

                yield break;
            }

            if (record.Kind == PesterRecordKind.File)
            {
                place = $"in {record.File}";
                stop.CancelAfter(LongestFile);
            }

            yield return record;
        }
    }

    /// <summary>Ends PowerShell and the processes that its tests started, if they are still running.</summary>
    public void Dispose()
    {
        _pipe.Dispose();
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It did not start, or has exited.
        }

        _process.Dispose();
    }

    private static void RequireFile(string path, string what)
    {
        if (!File.Exists(path))
            throw new PesterException($"{what} is missing: there is not a file '{path}'. 'dotnet restore' fetches it.");
    }

    private static void AddTo(ProcessStartInfo start, params string[] arguments)
    {
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
    }

    /// <summary>Reads a line after the script has opened the pipe.</summary>
    /// <returns>The record, or null if the process has exited or closed the pipe.</returns>
    private async Task<PesterRecord?> ReadOneAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        if (!_pipe.IsConnected && !await ConnectAsync(cancellationToken))
            return null;

        return await reader.ReadLineAsync(cancellationToken) is { } line
            ? JsonSerializer.Deserialize<PesterRecord>(line, Json)
            : null;
    }

    /// <summary>Waits until the script has opened the pipe.</summary>
    /// <returns>False if the process exited before.</returns>
    private async Task<bool> ConnectAsync(CancellationToken cancellationToken)
    {
        using var other = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task connected = _pipe.WaitForConnectionAsync(other.Token), exited = _process.WaitForExitAsync(other.Token);
        await Task.WhenAny(connected, exited);
        cancellationToken.ThrowIfCancellationRequested();
        bool isConnected = connected.IsCompletedSuccessfully;
        await other.CancelAsync();
        await Task.WhenAll(connected, exited).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return isConnected;
    }
}
