using System.Management.Automation;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Search;

namespace CodeEmbed.PowerShell;

/// <summary>Frees the held model and the held vectors when the module is removed.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        HeldEmbeddingService.Release();
        SearchMemory.Cache.Clear();
    }
}
