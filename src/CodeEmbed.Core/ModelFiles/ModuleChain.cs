using CodeEmbed.Errors;

namespace CodeEmbed.ModelFiles;

/// <summary>Which parts of a sentence-transformers model can be run, and what the others are.</summary>
internal static class ModuleChain
{
    private const string TokenVectors =
        " Without Pooling it gives a vector for each token, as ColBERT does; here a text has one vector.";

    /// <summary>Descriptions of parts that cannot be run, by type.</summary>
    private static readonly Dictionary<string, string> Others = new()
    {
        ["Router"] = " A Router takes queries and documents through different parts; here every text goes the same way.",
        ["Asym"] = " Asym takes queries and documents through different parts; here every text goes the same way.",
        ["CLIPModel"] = " A CLIPModel is for images and text; only encoders for text can be run here.",
        ["SpladePooling"] = " SpladePooling gives a number for each word of the vocabulary (SPLADE); here vectors are dense.",
        ["SparseAutoEncoder"] = " A SparseAutoEncoder gives sparse vectors; here vectors are dense.",
        ["SparseStaticEmbedding"] = " A SparseStaticEmbedding gives sparse vectors; here vectors are dense.",
        ["MultiVectorMask"] = TokenVectors,
    };

    /// <summary>The types that may come after the parts that make one vector.</summary>
    public static IReadOnlyList<string> Layers { get; } =
        [ModelModule.Dense, ModelModule.LayerNorm, ModelModule.Normalize, ModelModule.Dropout];

    /// <summary>Whether a part is the encoder, with its tokenizer.</summary>
    public static bool IsEncoder(ModelModule module) => module.Type is ModelModule.Transformer or ModelModule.StaticEmbedding;

    /// <summary>Says why the parts of a model cannot be run, and what the model is if that is known.</summary>
    /// <param name="modules">The parts, in their order.</param>
    /// <returns>Sentences; <see langword="null"/> if the parts can be run.</returns>
    public static string? FindProblem(IReadOnlyList<ModelModule> modules)
    {
        int? layers = modules switch
        {
            [{ Type: ModelModule.Transformer }, { Type: ModelModule.Pooling }, ..] => 2,
            [{ Type: ModelModule.StaticEmbedding }, ..] => 1,
            _ => null,
        };
        return layers is { } first && modules.Skip(first).All(IsLayer)
            ? null
            : $"{ModelFileNames.Modules} lists {MessageText.QuoteList(modules.Select(module => module.Type))}; what can be run "
                + $"is {ModelModule.Transformer} and {ModelModule.Pooling}, or {ModelModule.StaticEmbedding}, and after them "
                + $"{string.Join(", ", Layers)}.{DescribeKind(modules)}";
    }

    private static bool IsLayer(ModelModule module) => Layers.Contains(module.Type);

    private static string? DescribeKind(IReadOnlyList<ModelModule> modules)
    {
        if (modules is [{ Type: ModelModule.Transformer }, ..] && modules.Skip(1).All(IsLayer))
            return TokenVectors;

        if (modules.Select(module => Others.GetValueOrDefault(module.Type)).FirstOrDefault(text => text is not null) is { } known)
            return known;

        return modules.FirstOrDefault(module => !IsLayer(module) && !IsEncoder(module) && module.IsOfOwnCode) is { } own
            ? $" {MessageText.Quote(own.ClassName)} is the model's own code, which is never run."
            : null;
    }
}
