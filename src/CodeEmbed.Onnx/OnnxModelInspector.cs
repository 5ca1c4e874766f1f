using System.Numerics;
using CodeEmbed.Onnx.Architectures;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Loading;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers;

namespace CodeEmbed.Onnx;

/// <summary>Describes the model in a folder, from its configuration files alone.</summary>
public sealed class OnnxModelInspector : IModelInspector
{
    /// <inheritdoc/>
    public IReadOnlyCollection<string> ModelTypes { get; } =
        [.. Architecture.ModelTypesOfAll, ModelFileNames.StaticModelType];

    /// <summary>Finds the folder of the model that a service with these options loads.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The full path, without a separator at its end, or <see langword="null"/> if the model was not found.</returns>
    public static string? FindFolder(EmbeddingServiceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            return ModelFolder.Find(options).Path;
        }
        catch (ModelLoadException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public ModelSummary Inspect(string folder)
    {
        try
        {
            SentenceTransformer model = SentenceTransformer.Read(new ModelFolder(folder, folder));
            if (model.IsStatic)
                return InspectStatic(model);

            ConfigSummary config = ConfigSummary.Read(model.Transformer);
            return new ModelSummary
            {
                Architecture = config.Architecture,
                Dimensions = IfPositive(
                    model.FindLayerWidth()
                    ?? (long?)config.HiddenSize * BitOperations.PopCount((uint)(model.Pooling ?? EmbeddingPooling.Mean))),
                MaxLength = IfPositive(
                    EncoderSources.FindMaxLength(model.Transformer, model.MaxLength) is { } possible
                        ? model.DefaultMaxLength(possible)
                        : model.MaxLength ?? model.TokenizerLimit),
            };
        }
        catch (Exception e) when (e is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            return new ModelSummary();
        }
    }

    /// <summary>Describes a static model. Only its checkpoint has the data, in the table of its tensors.</summary>
    private static ModelSummary InspectStatic(SentenceTransformer model)
    {
        (int width, EncodingRule rule) = StaticSource.Inspect(model.Transformer);
        return new ModelSummary
        {
            Architecture = ModelFileNames.StaticModelType,
            Dimensions = model.FindLayerWidth() ?? width,
            MaxLength = rule == EncodingRule.Plain ? null : model.DefaultMaxLength(possible: null),
        };
    }

    /// <summary>The number, or <see langword="null"/> if no model can have it.</summary>
    private static int? IfPositive(long? number) => number is > 0 and <= int.MaxValue and var known ? (int)known : null;
}
