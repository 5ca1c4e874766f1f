namespace CodeEmbed.Onnx.Tokenizers.PostProcessors;

/// <summary><c>ByteLevel</c> in Hugging Face's tokenizers, which changes the positions of tokens, but no ids.</summary>
internal sealed class ByteLevelPostProcessor() : PostProcessor([], []), IStage<PostProcessor>
{
    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["ByteLevel"];

    /// <inheritdoc/>
    public static PostProcessor Read(TokenizerJsonObject json) => new ByteLevelPostProcessor();
}
