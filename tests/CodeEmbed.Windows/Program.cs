using Microsoft.PowerShell;

namespace CodeEmbed.Windows;

/// <summary>
///   Runs an assembly like dotnet, a script in a PowerShell runspace, or options like pwsh, on a Windows that has neither dotnet
///   nor pwsh.
/// </summary>
/// <remarks>A self-contained program for Wine: see tests/windows-under-wine.sh.</remarks>
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
