using System.Management.Automation;
using CodeEmbed.PowerShell.Engine;

namespace CodeEmbed.PowerShell;

/// <summary>Frees the held model when the module is removed.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => HeldEmbeddingService.Release();
}
