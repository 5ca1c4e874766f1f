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

    /// <summary>The values of <c>model_type</c> in config.json that mean this architecture.</summary>
    public abstract IReadOnlyList<string> ModelTypes { get; }

    /// <summary>The architecture of a model type, or <see langword="null"/> for one that is not known.</summary>
    public static Architecture? Find(string? modelType) =>
        All.FirstOrDefault(architecture => architecture.ModelTypes.Contains(modelType));

    /// <summary>Makes the encoder that a config.json describes.</summary>
    /// <param name="config">The configuration. What is read of it becomes part of the fingerprint.</param>
    /// <exception cref="ModelFormatException">
    ///   A value is missing or is one that cannot be run; the message names it.
    /// </exception>
    public abstract Encoder Configure(ConfigReader config);
}
