namespace CodeEmbed.Tests.Staged;

/// <summary>Runs the host in a separate process.</summary>
internal static class HostProcess
{
    /// <summary>Runs the host until it exits.</summary>
    /// <returns>Its exit code and its output.</returns>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        DotnetProcess.RunAsync(Repository.HostAssembly, arguments);
}
