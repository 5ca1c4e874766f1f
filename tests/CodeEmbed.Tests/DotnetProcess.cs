namespace CodeEmbed.Tests;

/// <summary>Runs a program of the repository in a process of its own.</summary>
internal static class DotnetProcess
{
    /// <summary>Runs the program to its end.</summary>
    /// <returns>Its exit code, and what it wrote.</returns>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(string assembly, params string[] arguments) =>
        ChildProcess.RunAsync(Repository.Root, "dotnet", [assembly, .. arguments]);
}
