using System.Diagnostics;

namespace CodeEmbed.Tests;

/// <summary>Runs programs.</summary>
internal static class ChildProcess
{
    /// <summary>Runs a program in a folder until it exits.</summary>
    /// <returns>Its exit code and its output.</returns>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(
        string folder, string program, params string[] arguments) => RunAsync(folder, [], program, arguments);

    /// <summary>Runs a program in a folder until it exits, with additional environment variables.</summary>
    /// <returns>Its exit code and its output.</returns>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string folder, Dictionary<string, string> environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;

        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(HangLimit.Value);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            string command = $"{program} {string.Join(' ', arguments)}";
            throw new TimeoutException(
                $"'{command}' did not end within {HangLimit.Value.TotalMinutes} minutes, and was terminated.");
        }
    }
}
