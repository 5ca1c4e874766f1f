namespace CodeEmbed.Onnx.Tokenizers.PostProcessors;

/// <summary><c>ByteLevel</c> of Hugging Face's tokenizers, which changes where tokens are in the text, and no id.</summary>
internal sealed class ByteLevelPostProcessor() : PostProcessor([], []), IStage<PostProcessor>
{
    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["ByteLevel"];

    /// <inheritdoc/>
    public static PostProcessor Read(TokenizerJsonObject json) => new ByteLevelPostProcessor();
}
