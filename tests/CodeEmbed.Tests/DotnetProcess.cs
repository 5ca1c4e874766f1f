namespace CodeEmbed.Tests;

/// <summary>Runs a program of the repository in a separate process.</summary>
internal static class DotnetProcess
{
    /// <summary>Runs the program until it exits.</summary>
    /// <returns>Its exit code and its output.</returns>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(string assembly, params string[] arguments) =>
        ChildProcess.RunAsync(Repository.Root, "dotnet", [assembly, .. arguments]);
}
