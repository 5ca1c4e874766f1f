namespace CodeEmbed.Windows;

/// <summary>Runs an assembly as dotnet would, or a script in a runspace of PowerShell, where Windows has neither dotnet nor pwsh.</summary>
/// <remarks>
///   A program of its own with all it needs, for Wine: see tests/windows-under-wine.sh. Wine shows nothing of what PowerShell
///   writes to a console, so that a script's output goes to the standard streams.
/// </remarks>
internal static class Program
{
    private const int Misused = 64;

    public static int Main(string[] args)
    {
        switch (args.Length == 0 ? "" : Path.GetExtension(args[0]).ToUpperInvariant())
        {
            case ".DLL":
                return AssemblyRun.Run(Path.GetFullPath(args[0]), args[1..]);
            case ".PS1":
                return ScriptRun.Run(Path.GetFullPath(args[0]), args[1..]);
            default:
                Console.Error.WriteLine("Usage: CodeEmbed.Windows ASSEMBLY.dll [ARGUMENT...] or CodeEmbed.Windows SCRIPT.ps1 [ARGUMENT...]");
                return Misused;
        }
    }
}
