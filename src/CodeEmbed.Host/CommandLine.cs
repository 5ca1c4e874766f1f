using System.Management.Automation.Runspaces;

namespace CodeEmbed.Host;

/// <summary>What the arguments of the process ask for.</summary>
internal sealed class CommandLine
{
    /// <summary>The text that <c>-Help</c> prints.</summary>
    internal const string Usage = """
        codeembed: runs PowerShell with the CodeEmbed module loaded, for machines without pwsh.

        Usage:
          codeembed "<PowerShell text>"        run the text
          codeembed -File <script.ps1> [args]  run a script; its arguments bind as with pwsh -File
          codeembed -Help                      print this text

        Objects go to standard output, formatted; each error is one line on standard error.
        Exit code: 0 success, 1 after a terminating error, 2 after only non-terminating ones,
        64 wrong usage, 130 stopped with Ctrl+C, 141 stopped because nobody reads its output any more
        (not on Windows); 'exit <n>' in the text or the script gives <n>.
        Text that begins with '-' needs a space before it.

        The commands of Microsoft.PowerShell.Core are there (ForEach-Object, Where-Object, Get-Command,
        Get-Help, Import-Module, Out-Host, Out-Null, ...); those of Microsoft.PowerShell.Utility and
        Microsoft.PowerShell.Management (Select-Object, Write-Output, Get-Content, ...) are not.
        """;

    private CommandLine(string text, string? scriptPath, IReadOnlyList<CommandParameter> scriptArguments)
    {
        Text = text;
        ScriptPath = scriptPath;
        ScriptArguments = scriptArguments;
    }

    /// <summary>The PowerShell text to run where there is no script.</summary>
    internal string Text { get; }

    /// <summary>The full path of the script to run, or null to run <see cref="Text"/>.</summary>
    internal string? ScriptPath { get; }

    /// <summary>The arguments of the script.</summary>
    internal IReadOnlyList<CommandParameter> ScriptArguments { get; }

    /// <summary>Whether the arguments ask for <see cref="Usage"/>.</summary>
    /// <param name="args">The arguments of the process.</param>
    internal static bool IsHelp(string[] args) =>
        args.Length == 0 || IsOption(args[0], "-Help") || IsOption(args[0], "--help") || IsOption(args[0], "-h");

    /// <summary>Reads the arguments of the process.</summary>
    /// <param name="args">The arguments, at least one.</param>
    /// <exception cref="ArgumentException">They are not well formed; the message says why.</exception>
    internal static CommandLine Parse(string[] args)
    {
        if (IsOption(args[0], "-File"))
        {
            return ParseFile(args[1..]);
        }

        if (args[0] is ['-', '-' or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z'), ..])
        {
            throw new ArgumentException($"unknown option '{args[0]}'; see codeembed -Help");
        }

        return args.Length == 1
            ? new CommandLine(args[0], scriptPath: null, [])
            : throw new ArgumentException("more than one argument; quote the PowerShell text");
    }

    private static CommandLine ParseFile(string[] args)
    {
        if (args.Length == 0)
        {
            throw new ArgumentException("-File needs the path of a script");
        }

        if (!File.Exists(args[0]) || !args[0].EndsWith(".ps1", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"'{args[0]}' is not a script file (.ps1)");
        }

        return new CommandLine(string.Empty, Path.GetFullPath(args[0]), ParseScriptArguments(args[1..]));
    }

    // The rules of pwsh -File: the engine joins a bare '-Name' to the value after it, or takes it as a switch.
    private static List<CommandParameter> ParseScriptArguments(string[] args)
    {
        List<CommandParameter> parameters = [];
        string? pendingName = null;
        foreach (string arg in args)
        {
            if (pendingName is not null)
            {
                parameters.Add(new CommandParameter(pendingName, arg));
                pendingName = null;
            }
            else if (arg.Length < 2 || arg[0] != '-')
            {
                parameters.Add(new CommandParameter(null, arg));
            }
            else if (arg.EndsWith(':'))
            {
                pendingName = arg.TrimEnd(':');
            }
            else
            {
                int colon = arg.IndexOf(':', StringComparison.Ordinal);
                parameters.Add(colon < 0
                    ? new CommandParameter(arg)
                    : new CommandParameter(arg[..colon], ParseValue(arg[(colon + 1)..])));
            }
        }

        return parameters;
    }

    // -Switch:$false and -Switch:false are booleans.
    private static object ParseValue(string text) =>
        bool.TryParse(text.StartsWith('$') ? text[1..] : text, out bool value) ? value : text;

    private static bool IsOption(string arg, string option) => arg.Equals(option, StringComparison.OrdinalIgnoreCase);
}
