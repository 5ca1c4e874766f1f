using Microsoft.PowerShell;

namespace CodeEmbed.Windows;

/// <summary>
///   Runs an assembly as dotnet would, a script in a runspace of PowerShell, or options as pwsh would, where Windows has neither
///   dotnet nor pwsh.
/// </summary>
/// <remarks>A program of its own with all it needs, for Wine: see tests/windows-under-wine.sh.</remarks>
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
            case "" when args is [['-', ..], ..]:
                return UnmanagedPSEntry.Start(args, args.Length);
            default:
                Console.Error.WriteLine("Usage: WindowsRunner (ASSEMBLY.dll | SCRIPT.ps1 | -OPTION) [ARGUMENT...]");
                return Misused;
        }
    }
}
