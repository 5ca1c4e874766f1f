using System.Reflection;

namespace CodeEmbed.PowerShell.Engine;

/// <summary>Makes embedding services. The engine is loaded when the first one is made.</summary>
internal static class EmbeddingEngine
{
    private const string ServiceType = "CodeEmbed.Onnx.OnnxEmbeddingService", InspectorType = "CodeEmbed.Onnx.OnnxModelInspector";

    private static readonly Lazy<Assembly> Engine = new(() => AdapterLoadContext.LoadAdapter("engine", "CodeEmbed.Onnx"));

    /// <summary>The folder of the models that come with the module.</summary>
    public static string BundledModels { get; } = Path.Combine(LoadedModule.Folder, "models");

    /// <summary>Makes a service; its model is not loaded before it is used.</summary>
    /// <exception cref="ModelLoadException">The module's folder is not complete.</exception>
    public static IEmbeddingService Create(EmbeddingServiceOptions options) =>
        (IEmbeddingService)Make(options.Model, ServiceType, options);

    /// <summary>The model types whose checkpoints can be run.</summary>
    /// <exception cref="ModelLoadException">The module's folder is not complete.</exception>
    public static IReadOnlyCollection<string> ModelTypes => CreateInspector().ModelTypes;

    /// <summary>Makes what tells what is in a model folder.</summary>
    /// <exception cref="ModelLoadException">The module's folder is not complete.</exception>
    public static IModelInspector CreateInspector() => (IModelInspector)Make(BundledModels, InspectorType);

    private static object Make(string model, string type, params object[] arguments)
    {
        try
        {
            return Activator.CreateInstance(Engine.Value.GetType(type, throwOnError: true)!, arguments)!;
        }
        catch (Exception e) when (
            e is FileNotFoundException or FileLoadException or BadImageFormatException or InvalidOperationException)
        {
            throw new ModelLoadException(model, $"the module in '{LoadedModule.Folder}' is not complete. Install it again.", e);
        }
    }
}
