using System.Text;

namespace CodeEmbed.Host;

/// <summary>The entry point of <c>codeembed</c>.</summary>
internal static class Program
{
    private const int FailureExitCode = 1;
    private const int UsageExitCode = 64;

    /// <summary>Runs PowerShell text or a script with the module loaded.</summary>
    /// <param name="args">The arguments of the process.</param>
    /// <returns>The exit code of the process.</returns>
    internal static int Main(string[] args)
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        if (CommandLine.IsHelp(args))
        {
            Console.Out.WriteLine(CommandLine.Usage);
            return 0;
        }

        CommandLine commandLine;
        try
        {
            commandLine = CommandLine.Parse(args);
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine($"codeembed: {e.Message}");
            return UsageExitCode;
        }

        // As a tool the host has the module beside it; where it was built, the module lies where the build has staged it.
        string manifest = Path.Combine(AppContext.BaseDirectory, "module", "CodeEmbed.psd1");
        if (!File.Exists(manifest))
        {
            manifest = Path.Combine(AppContext.BaseDirectory, AppContext.GetData("CodeEmbed.ModuleManifest") as string ?? string.Empty);
        }

        if (!File.Exists(manifest))
        {
            Console.Error.WriteLine("codeembed: the module is not built; run 'dotnet build' first");
            return FailureExitCode;
        }

        // Unless told otherwise before it starts, the engine reports the names of imported modules to its vendor.
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

        using ScriptRunner runner = new();
        return runner.Run(commandLine, Path.GetFullPath(manifest));
    }
}
