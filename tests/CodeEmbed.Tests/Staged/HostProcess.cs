namespace CodeEmbed.Tests.Staged;

/// <summary>Runs the host in a process of its own.</summary>
internal static class HostProcess
{
    /// <summary>Runs the host to its end.</summary>
    /// <returns>Its exit code, and what it wrote.</returns>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        DotnetProcess.RunAsync(Repository.HostAssembly, arguments);
}
