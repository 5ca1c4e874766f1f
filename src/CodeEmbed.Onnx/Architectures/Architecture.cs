using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>
///   A kind of encoder that can be run from its checkpoint. Each is a file in this folder, and is found by reflection.
/// </summary>
internal abstract class Architecture
{
    /// <summary>Every architecture, sorted by name.</summary>
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

    /// <summary>Whether a model type belongs to a known architecture.</summary>
    /// <param name="modelType">The model type.</param>
    public static bool IsKnown(string? modelType) => All.Any(architecture => architecture.ModelTypes.Contains(modelType));

    /// <summary>
    ///   Whether positions are computed, not looked up in a table of the checkpoint. Then sentence-transformers lets a model see
    ///   more tokens than its config.json has positions.
    /// </summary>
    public virtual bool ComputesPositions => false;

    /// <summary>Finds the architecture that a config.json means.</summary>
    /// <param name="config">The configuration.</param>
    /// <exception cref="ModelFormatException">Its model type is missing or not known.</exception>
    public static Architecture Find(ConfigReader config)
    {
        string modelType = config.ModelType();
        return All.First(architecture => architecture.ModelTypes.Contains(modelType) && architecture.IsMeant(config));
    }

    /// <summary>
    ///   Whether this is the architecture that the file means, if several have the same model type.
    /// </summary>
    /// <param name="config">The configuration.</param>
    public virtual bool IsMeant(ConfigReader config) => true;

    /// <summary>Makes the encoder that a config.json describes.</summary>
    /// <param name="config">The configuration. The values that are read from it become part of the fingerprint.</param>
    /// <exception cref="ModelFormatException">
    ///   A value is missing or not supported; the message names it.
    /// </exception>
    public abstract Encoder Configure(ConfigReader config);
}
