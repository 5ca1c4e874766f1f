using System.Management.Automation.Runspaces;
using System.Text;
using Microsoft.PowerShell;

namespace CodeEmbed.Host;

/// <summary>The entry point of <c>codeembed</c>.</summary>
internal static class Program
{
    private const int FailureExitCode = 1;
    private const int UsageExitCode = 64;

    /// <summary>Runs PowerShell text or a script with the module loaded, or opens a prompt.</summary>
    /// <param name="args">The arguments of the process.</param>
    /// <returns>The exit code of the process.</returns>
    internal static int Main(string[] args)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        Console.OutputEncoding = utf8;

        // Windows would treat piped input as text in the console's code page.
        if (Console.IsInputRedirected)
            Console.SetIn(new StreamReader(Console.OpenStandardInput(), utf8));

        if (CommandLine.IsHelp(args))
        {
            Console.Out.WriteLine(CommandLine.Usage);
            return 0;
        }

        if (CommandLine.IsVersion(args))
        {
            // The module's version, which is also the program's.
            Console.Out.WriteLine($"codeembed {typeof(Program).Assembly.GetName().Version!.ToString(3)}");
            return 0;
        }

        string[] arguments;
        try
        {
            arguments = CommandLine.Parse(args);
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine($"codeembed: {e.Message}");
            return UsageExitCode;
        }

        // The tool has the module next to it. A program that was built and not packed finds it where the build staged it.
        string manifest = Path.Combine(AppContext.BaseDirectory, "module", "CodeEmbed.psd1");
        if (!File.Exists(manifest))
        {
            string staged = AppContext.GetData("CodeEmbed.ModuleManifest") as string ?? string.Empty;
            manifest = Path.Combine(AppContext.BaseDirectory, staged);
        }

        if (!File.Exists(manifest))
        {
            Console.Error.WriteLine("codeembed: the module is not built; run 'dotnet build' first");
            return FailureExitCode;
        }

        // Without these PowerShell would report the names of imported modules to Microsoft, and ask there for a newer version of
        // PowerShell. They must be set before it starts.
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        Environment.SetEnvironmentVariable("POWERSHELL_UPDATECHECK", "Off");

        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = ExecutionPolicy.RemoteSigned;

        state.ImportPSModule(Path.GetFullPath(manifest));

        // A prompt is PowerShell's own.
        if (args.Length == 0)
            return ConsoleShell.Start(state, bannerText: null, helpText: null, arguments);

        state.Commands.Remove("Out-Default", typeof(SessionStateCmdletEntry));
        state.Commands.Add(new SessionStateCmdletEntry("Out-Default", typeof(OutDefaultCommand), helpFileName: null));
        RunNotices.AddTo(state);
        Console.CancelKeyPress += (_, _) => RunResult.Interrupted = true;
        if (Console.IsOutputRedirected && !OperatingSystem.IsWindows())
            Console.SetOut(new OutputPipe(Console.Out));

        // PowerShell would colour warnings in a file, too.
        if (Console.IsOutputRedirected)
            Environment.SetEnvironmentVariable("NO_COLOR", "1");

        return RunResult.ExitCode(ConsoleShell.Start(state, bannerText: null, helpText: null, arguments));
    }
}
