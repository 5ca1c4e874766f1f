using System.Management.Automation;
using CodeEmbed.PowerShell.Errors;

namespace CodeEmbed.PowerShell;

/// <summary>
///   The version of the module that this process has loaded, and keeps. The check that every version makes when it is imported,
///   CodeEmbed.OneVersion.psm1, asks this class, which may then be that of another version: its members stay as they are.
/// </summary>
public static class LoadedModule
{
    /// <summary>The folder it was loaded from.</summary>
    public static string Folder { get; } = Path.GetDirectoryName(typeof(LoadedModule).Assembly.Location)!;

    // A property, because in Constrained Language a script may read it where it may call no method.
    /// <summary>The error for a version, or a copy, in another folder.</summary>
    public static ErrorRecord AnotherVersionError =>
        ErrorRecords.AnotherVersion(typeof(LoadedModule).Assembly.GetName().Version!.ToString(3), Folder);
}
