using System.Reflection;
using System.Runtime.Loader;

namespace CodeEmbed.PowerShell.Engine;

/// <summary>
///   Loads an adapter and every package it needs from its own folder, so that none of them collides with another module's.
/// </summary>
internal sealed class AdapterLoadContext : AssemblyLoadContext
{
    private readonly AssemblyDependencyResolver _resolver;

    /// <summary>Makes a context.</summary>
    /// <param name="adapterPath">The path of the adapter's assembly, with its <c>.deps.json</c> next to it.</param>
    public AdapterLoadContext(string adapterPath)
        : base(Path.GetFileNameWithoutExtension(adapterPath)) => _resolver = new AssemblyDependencyResolver(adapterPath);

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // CodeEmbed.Core is the one that the cmdlets use: both sides share its types.
        return assemblyName.Name == typeof(IEmbeddingService).Assembly.GetName().Name
            ? typeof(IEmbeddingService).Assembly
            : _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
