using System.Globalization;
using Microsoft.Extensions.AI;

namespace CodeEmbed.Extensions.AI;

/// <summary>The options of a call.</summary>
internal static class RequestedOptions
{
    /// <summary>Checks that the model has what the options ask for, and finds the prompt.</summary>
    /// <param name="options">The options.</param>
    /// <param name="model">The model.</param>
    /// <returns>The prompt; empty for none, <see langword="null"/> for the generator's own.</returns>
    /// <exception cref="EmbeddingOptionException">The model does not have it.</exception>
    public static string? FindPrompt(EmbeddingGenerationOptions options, EmbeddingModel model)
    {
        if (options.ModelId is { } name && name != model.Name)
        {
            throw new EmbeddingOptionException(
                nameof(options.ModelId), name, $"is not the model of this generator, '{model.Name}'.", "Create one for it.");
        }

        if (options.Dimensions is { } dimensions && dimensions != model.Dimensions)
        {
            throw new EmbeddingOptionException(
                nameof(options.Dimensions),
                dimensions.ToString(CultureInfo.InvariantCulture),
                $"cannot be requested from this generator, whose vectors have {model.Dimensions}.",
                $"Create a generator with {nameof(EmbeddingServiceOptions)}.{nameof(EmbeddingServiceOptions.Dimensions)}.");
        }

        string? prompt = Find(options, CodeEmbeddingProperties.Prompt);
        return Find(options, CodeEmbeddingProperties.PromptKind) switch
        {
            null => prompt,
            { } kind when prompt is not null => throw new EmbeddingOptionException(
                CodeEmbeddingProperties.PromptKind,
                kind,
                $"cannot be given together with {CodeEmbeddingProperties.Prompt}.",
                "Give one of the two."),
            CodeEmbeddingProperties.Query => model.Prompts.GetValueOrDefault(CodeEmbeddingProperties.Query),
            CodeEmbeddingProperties.Document => null,
            { } kind => throw new EmbeddingOptionException(
                CodeEmbeddingProperties.PromptKind,
                kind,
                "is not a kind of prompt.",
                $"Give '{CodeEmbeddingProperties.Query}' or '{CodeEmbeddingProperties.Document}'."),
        };
    }

    // A value that was read from JSON is not a string, but its ToString returns one.
    private static string? Find(EmbeddingGenerationOptions options, string name) =>
        options.AdditionalProperties?.GetValueOrDefault(name)?.ToString();
}
