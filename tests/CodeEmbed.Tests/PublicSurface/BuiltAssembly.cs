using System.Reflection;

namespace CodeEmbed.Tests.PublicSurface;

/// <summary>A built assembly of the module.</summary>
internal static class BuiltAssembly
{
    /// <summary>Loads an assembly. The cmdlets are staged and not referenced: the tests import them as users do.</summary>
    public static Assembly Load(string name) => name == "CodeEmbed.PowerShell"
        ? Assembly.LoadFrom(Path.Combine(Repository.StagedModule, name + ".dll"))
        : Assembly.Load(name);
}
