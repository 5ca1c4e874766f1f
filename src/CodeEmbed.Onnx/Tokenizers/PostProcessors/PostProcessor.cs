namespace CodeEmbed.Onnx.Tokenizers.PostProcessors;

/// <summary>The stage that puts special tokens around a sequence.</summary>
/// <param name="startIds">The ids before every sequence.</param>
/// <param name="endIds">The ids after every sequence.</param>
internal abstract class PostProcessor(IReadOnlyList<int> startIds, IReadOnlyList<int> endIds)
{
    /// <summary>The ids before every sequence.</summary>
    public IReadOnlyList<int> StartIds => startIds;

    /// <summary>The ids after every sequence.</summary>
    public IReadOnlyList<int> EndIds => endIds;
}
