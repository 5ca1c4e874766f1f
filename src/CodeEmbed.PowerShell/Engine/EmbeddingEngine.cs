namespace CodeEmbed.PowerShell.Engine;

/// <summary>Makes embedding services. The engine is loaded when the first one is made.</summary>
internal static class EmbeddingEngine
{
    private const string ServiceType = "OnnxEmbeddingService", InspectorType = "OnnxModelInspector",
        CounterType = "OnnxTokenCounter";

    private static readonly Adapter Engine = new("engine", "CodeEmbed.Onnx");

    /// <summary>The folder of the models that come with the module.</summary>
    public static string BundledModels { get; } = Path.Combine(LoadedModule.Folder, "models");

    /// <summary>Makes a service; its model is loaded when it is first used.</summary>
    /// <exception cref="ModelLoadException">The module's folder is not complete.</exception>
    public static IEmbeddingService Create(EmbeddingServiceOptions options) =>
        Make<IEmbeddingService>(options.Model, ServiceType, options);

    /// <summary>Makes a token counter for a model, whose weights are not loaded.</summary>
    /// <exception cref="ModelLoadException">The model cannot be read, or the module's folder is not complete.</exception>
    /// <exception cref="EmbeddingOptionException">The model lacks something that an option asks for.</exception>
    public static ITokenCounter CreateCounter(EmbeddingServiceOptions options) =>
        Make<ITokenCounter>(options.Model, CounterType, options);

    /// <summary>The model types whose checkpoints can be run.</summary>
    /// <exception cref="ModelLoadException">The module's folder is not complete.</exception>
    public static IReadOnlyCollection<string> ModelTypes => CreateInspector().ModelTypes;

    /// <summary>Makes an inspector of model folders.</summary>
    /// <exception cref="ModelLoadException">The module's folder is not complete.</exception>
    public static IModelInspector CreateInspector() => Make<IModelInspector>(BundledModels, InspectorType);

    private static T Make<T>(string model, string type, params object[] arguments)
    {
        try
        {
            return Engine.Make<T>(type, arguments);
        }
        catch (FileNotFoundException e)
        {
            throw new ModelLoadException(model, e.Message, e.InnerException);
        }
    }
}
