using System.Reflection;

namespace CodeEmbed.PowerShell.Engine;

/// <summary>Makes embedding services. The engine is loaded when the first one is made.</summary>
internal static class EmbeddingEngine
{
    private const string ServiceType = "CodeEmbed.Onnx.OnnxEmbeddingService";

    private static readonly Lazy<Type> Service = new(LoadService);

    /// <summary>The folder of the models that come with the module.</summary>
    public static string BundledModels { get; } = Path.Combine(LoadedModule.Folder, "models");

    /// <summary>Makes a service; its model is not loaded before it is used.</summary>
    /// <exception cref="ModelLoadException">The module's folder is not complete.</exception>
    public static IEmbeddingService Create(EmbeddingServiceOptions options)
    {
        try
        {
            return (IEmbeddingService)Activator.CreateInstance(Service.Value, options)!;
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException or InvalidOperationException)
        {
            throw new ModelLoadException(options.Model, $"the module in '{LoadedModule.Folder}' is not complete. Install it again.", e);
        }
    }

    private static Type LoadService()
    {
        string path = Path.Combine(LoadedModule.Folder, "engine", "CodeEmbed.Onnx.dll");
        Assembly engine = new EngineLoadContext(path).LoadFromAssemblyPath(path);
        return engine.GetType(ServiceType, throwOnError: true)!;
    }
}
