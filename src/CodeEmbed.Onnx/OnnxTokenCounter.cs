using CodeEmbed.Files;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Loading;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers;

namespace CodeEmbed.Onnx;

/// <summary>Counts a model's tokens. Only the tokenizer is loaded.</summary>
public sealed class OnnxTokenCounter : ITokenCounter
{
    private readonly Tokenizer _tokenizer;
    private readonly string _prompt;

    /// <summary>Loads the tokenizer.</summary>
    /// <param name="options">The model, its prompt and the maximum length; other options are ignored.</param>
    /// <exception cref="ModelLoadException">The model's files cannot be read.</exception>
    /// <exception cref="EmbeddingOptionException">The model does not have what an option asks for.</exception>
    public OnnxTokenCounter(EmbeddingServiceOptions options)
    {
        ModelFolder folder = ModelFolder.Find(options);
        try
        {
            SentenceTransformer model = SentenceTransformer.Read(folder);
            EncodingRule rule = FindRule(model);
            _tokenizer = ModelLoader.ReadTokenizer(model).Under(rule);
            _prompt = model.FindPrompt(options);
            MaxLength = ModelLoader.ChooseMaxLength(
                options.MaxLength, model, EncoderSources.FindMaxLength(model.Transformer, model.MaxLength), rule);
        }
        catch (Exception e) when (e is ModelFormatException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw new ModelLoadException(
                options.ModelName ?? options.Model, FileError.OfReading(e, path: string.Empty).Problem, e);
        }
    }

    /// <inheritdoc/>
    public int MaxLength { get; }

    /// <inheritdoc/>
    public int Count(ReadOnlySpan<char> text, CancellationToken cancellationToken = default) =>
        _tokenizer.Encode(string.Concat(_prompt, text), int.MaxValue, cancellationToken).Ids.Length;

    private static EncodingRule FindRule(SentenceTransformer model)
    {
        if (!model.IsStatic)
            return EncodingRule.Whole;

        using StaticSource source = StaticSource.Open(model.Transformer);
        return source.Rule;
    }
}
