namespace CodeEmbed.Host;

/// <summary>Turns the arguments of the process into arguments for PowerShell.</summary>
internal static class CommandLine
{
    /// <summary>The text that <c>-Help</c> prints.</summary>
    internal const string Usage = """
        codeembed: PowerShell with the CodeEmbed module loaded, for machines without pwsh.

        Usage:
          codeembed "<PowerShell text>"        run the text
          codeembed -File <script.ps1> [args]  run a script; its arguments bind as with pwsh -File
          codeembed                            open a prompt
          codeembed -Help                      print this text
          codeembed -Version                   print the version

        Objects go to standard output, formatted; each error is one line on standard error.
        So is the summary of an export: how many embeddings, to which file, in what time.
        Warnings and verbose text go to standard output, as with pwsh.
        Exit code: 0 success, 1 after a terminating error, 2 after only non-terminating ones,
        64 wrong usage, 130 stopped with Ctrl+C, 141 stopped because the reader of its output has ended
        (not on Windows); 'exit <n>' in the text or the script gives <n>.
        Text that begins with '-' needs a space before it. Text with $input gets the lines of standard input.

        This is PowerShell 7.6 with the modules Microsoft.PowerShell.Management, .Utility, .Security and .Host.
        No profile is run. Start-Job needs a pwsh and does not work; ForEach-Object -Parallel does.
        """;

    /// <summary>Whether the arguments ask for <see cref="Usage"/>.</summary>
    /// <param name="args">The arguments of the process.</param>
    internal static bool IsHelp(string[] args) =>
        args.Length > 0 && (IsOption(args[0], "-Help") || IsOption(args[0], "--help") || IsOption(args[0], "-h"));

    /// <summary>Whether the arguments ask for the version.</summary>
    /// <param name="args">The arguments of the process.</param>
    internal static bool IsVersion(string[] args) =>
        args.Length > 0 && (IsOption(args[0], "-Version") || IsOption(args[0], "--version"));

    /// <summary>Reads the arguments of the process.</summary>
    /// <param name="args">The arguments.</param>
    /// <returns>The arguments for PowerShell.</returns>
    /// <exception cref="ArgumentException">They are not well formed; the message says why.</exception>
    internal static string[] Parse(string[] args)
    {
        string[] common = ["-NoProfile", "-NoLogo"];
        if (args.Length == 0)
            return common;

        if (IsOption(args[0], "-File"))
            return [.. common, "-File", RequireScript(args), .. args[2..]];

        if (args[0] is ['-', '-' or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z'), ..])
            throw new ArgumentException($"unknown option '{args[0]}'; see codeembed -Help");

        if (args.Length > 1)
            throw new ArgumentException("more than one argument; quote the PowerShell text");

        return string.IsNullOrWhiteSpace(args[0])
            ? throw new ArgumentException("the PowerShell text is empty")
            : [.. common, "-Command", args[0]];
    }

    /// <summary>The path of the script that the arguments name, or null if they hold PowerShell text.</summary>
    /// <param name="args">The arguments of the process, well formed.</param>
    internal static string? ScriptPath(string[] args) => IsOption(args[0], "-File") ? args[1] : null;

    private static string RequireScript(string[] args)
    {
        if (args.Length < 2)
            throw new ArgumentException("-File needs the path of a script");

        return File.Exists(args[1]) && args[1].EndsWith(".ps1", StringComparison.OrdinalIgnoreCase)
            ? Path.GetFullPath(args[1])
            : throw new ArgumentException($"'{args[1]}' is not a script file (.ps1)");
    }

    private static bool IsOption(string arg, string option) => arg.Equals(option, StringComparison.OrdinalIgnoreCase);
}
