using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>
///   A kind of encoder that can be run from its checkpoint. Each is one file in this folder, and is found by being here.
/// </summary>
internal abstract class Architecture
{
    /// <summary>Every architecture, in the order of their names.</summary>
    public static IReadOnlyList<Architecture> All { get; } =
    [
        .. typeof(Architecture).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Architecture)) && !type.IsAbstract)
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .Select(type => (Architecture)Activator.CreateInstance(type)!),
    ];

    /// <summary>The values of <c>model_type</c> in config.json that mean one of them.</summary>
    public static IReadOnlyList<string> ModelTypesOfAll { get; } =
        [.. All.SelectMany(architecture => architecture.ModelTypes).Distinct()];

    /// <summary>The values of <c>model_type</c> in config.json that mean this architecture.</summary>
    public abstract IReadOnlyList<string> ModelTypes { get; }

    /// <summary>Whether a model type is one of an architecture that is known.</summary>
    /// <param name="modelType">The model type.</param>
    public static bool IsKnown(string? modelType) => All.Any(architecture => architecture.ModelTypes.Contains(modelType));

    /// <summary>Makes the encoder that a config.json describes.</summary>
    /// <param name="config">The configuration.</param>
    /// <exception cref="ModelFormatException">
    ///   A value is missing or is one that cannot be run; the message names it.
    /// </exception>
    public static Encoder Read(ConfigReader config)
    {
        string modelType = config.ModelType();
        return All.First(architecture => architecture.ModelTypes.Contains(modelType) && architecture.IsMeant(config))
            .Configure(config);
    }

    /// <summary>
    ///   Whether the architecture is the one that is meant, of those with its model type: several may have the same.
    /// </summary>
    /// <param name="config">The configuration.</param>
    public virtual bool IsMeant(ConfigReader config) => true;

    /// <summary>Makes the encoder that a config.json describes.</summary>
    /// <param name="config">The configuration. What is read of it becomes part of the fingerprint.</param>
    /// <exception cref="ModelFormatException">
    ///   A value is missing or is one that cannot be run; the message names it.
    /// </exception>
    public abstract Encoder Configure(ConfigReader config);
}
