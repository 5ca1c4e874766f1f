using System.Numerics;
using CodeEmbed.Onnx.Architectures;
using CodeEmbed.Onnx.Loading;
using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx;

/// <summary>Tells what is in a model folder, from its configuration files alone.</summary>
public sealed class OnnxModelInspector : IModelInspector
{
    /// <inheritdoc/>
    public IReadOnlyCollection<string> ModelTypes => Architecture.ModelTypesOfAll;

    /// <inheritdoc/>
    public ModelSummary Inspect(string folder)
    {
        try
        {
            SentenceTransformer model = SentenceTransformer.Read(new ModelFolder(folder, folder));
            ConfigSummary config = ConfigSummary.Read(model.Transformer);
            return new ModelSummary
            {
                Architecture = config.Architecture,
                Dimensions = IfPositive(
                    model.FindLayerWidth()
                    ?? (long?)config.HiddenSize * BitOperations.PopCount((uint)(model.Pooling ?? EmbeddingPooling.Mean))),
                MaxLength = IfPositive(
                    config.MaxLength is { } possible
                        ? model.DefaultMaxLength(possible)
                        : model.MaxLength ?? model.TokenizerLimit),
            };
        }
        catch (Exception e) when (e is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            return new ModelSummary();
        }
    }

    /// <summary>A number as it is, unless no model has such a one.</summary>
    private static int? IfPositive(long? number) => number is > 0 and <= int.MaxValue and var known ? (int)known : null;
}
