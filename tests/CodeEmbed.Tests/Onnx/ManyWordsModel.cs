using System.Runtime.InteropServices;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The small model with enough unused words to make it a large one, which is run in another way.</summary>
public sealed class ManyWordsModel : IDisposable
{
    private const string Words = "embeddings.word_embeddings.weight";

    /// <summary>With 64 floats each, 77 MB.</summary>
    private const int WordCount = 300_000;

    private readonly ModelCopy _copy = new();

    /// <summary>Creates the model.</summary>
    public ManyWordsModel()
        : this(notFinite: null)
    {
    }

    /// <summary>Creates the model with NaN as the embedding of a word.</summary>
    internal ManyWordsModel(int? notFinite)
    {
        SafetensorsBuilder weights = SafetensorsBuilder.Read(_copy.File("model.safetensors"));
        byte[] words = weights.Data(Words);
        Array.Resize(ref words, WordCount * 64 * sizeof(float));
        if (notFinite is { } id)
            MemoryMarshal.Cast<byte, float>(words.AsSpan()).Slice(id * 64, 64).Fill(float.NaN);

        _copy.UseWeights("model.safetensors", weights.Set(Words, "F32", [WordCount, 64], words).Build());
        _copy.Configure("vocab_size", $"{WordCount}");
    }

    /// <summary>The options to load it with.</summary>
    public EmbeddingServiceOptions Options => _copy.Options;

    /// <inheritdoc/>
    public void Dispose() => _copy.Dispose();
}
