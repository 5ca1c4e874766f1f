using System.Reflection;
using System.Runtime.ExceptionServices;

namespace CodeEmbed.PowerShell.Engine;

/// <summary>
///   An adapter in a folder of the module. It is loaded when its first object is made, and none of its types is named here.
/// </summary>
/// <param name="folder">The folder's name.</param>
/// <param name="assembly">The assembly's name.</param>
internal sealed class Adapter(string folder, string assembly)
{
    private readonly Lazy<Assembly> _assembly = new(() =>
    {
        string path = Path.Combine(LoadedModule.Folder, folder, $"{assembly}.dll");
        return new AdapterLoadContext(path).LoadFromAssemblyPath(path);
    });

    /// <summary>Makes an object of the adapter.</summary>
    /// <typeparam name="T">The port of CodeEmbed.Core that it implements.</typeparam>
    /// <param name="type">The name of its type, within the assembly's namespace.</param>
    /// <param name="arguments">The arguments of its constructor.</param>
    /// <exception cref="FileNotFoundException">The module's folder is not complete.</exception>
    public T Make<T>(string type, params object[] arguments)
    {
        try
        {
            return (T)Activator.CreateInstance(_assembly.Value.GetType($"{assembly}.{type}", throwOnError: true)!, arguments)!;
        }
        catch (TargetInvocationException e) when (e.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(e.InnerException);
            throw;
        }
        catch (Exception e) when (
            e is FileNotFoundException or FileLoadException or BadImageFormatException or InvalidOperationException)
        {
            throw new FileNotFoundException($"the module in '{LoadedModule.Folder}' is not complete. Install it again.", e);
        }
    }
}
