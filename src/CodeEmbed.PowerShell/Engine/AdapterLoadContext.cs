using System.Reflection;
using System.Runtime.Loader;

namespace CodeEmbed.PowerShell.Engine;

/// <summary>
///   Loads an adapter and every package it needs from the adapter's own folder, so that none of them collides with another
///   module's.
/// </summary>
internal sealed class AdapterLoadContext : AssemblyLoadContext
{
    private readonly AssemblyDependencyResolver _resolver;

    private AdapterLoadContext(string name, string path)
        : base(name) => _resolver = new AssemblyDependencyResolver(path);

    /// <summary>Loads an adapter.</summary>
    /// <param name="folder">Its folder in that of the module.</param>
    /// <param name="name">The name of its assembly, which has its <c>.deps.json</c> beside it.</param>
    /// <exception cref="IOException">The module's folder is not complete.</exception>
    /// <exception cref="InvalidOperationException">The module's folder is not complete.</exception>
    /// <exception cref="BadImageFormatException">The file is not an assembly.</exception>
    public static Assembly LoadAdapter(string folder, string name)
    {
        string path = Path.Combine(LoadedModule.Folder, folder, $"{name}.dll");
        return new AdapterLoadContext(name, path).LoadFromAssemblyPath(path);
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // CodeEmbed.Core is the one that the cmdlets use: its types are what the two sides have in common.
        return assemblyName.Name == typeof(IEmbeddingService).Assembly.GetName().Name
            ? typeof(IEmbeddingService).Assembly
            : _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
