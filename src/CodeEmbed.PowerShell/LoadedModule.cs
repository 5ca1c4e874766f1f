using System.Management.Automation;
using CodeEmbed.PowerShell.Errors;

namespace CodeEmbed.PowerShell;

/// <summary>
///   The version of the module that this process has loaded, and keeps. The check that every version makes on import,
///   CodeEmbed.OneVersion.psm1, uses this class, which may then be that of another version: its members must not change.
/// </summary>
public static class LoadedModule
{
    /// <summary>The folder it was loaded from.</summary>
    public static string Folder { get; } = Path.GetDirectoryName(typeof(LoadedModule).Assembly.Location)!;

    // A property, because in Constrained Language a script may read it but may not call a method.
    /// <summary>The error for a version, or a copy, in another folder.</summary>
    public static ErrorRecord AnotherVersionError =>
        ErrorRecords.AnotherVersion(typeof(LoadedModule).Assembly.GetName().Version!.ToString(3), Folder);
}
