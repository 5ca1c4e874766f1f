using System.Text.Json;
using CodeEmbed.Onnx;
using CodeEmbed.Tests;
using Xunit;

namespace CodeEmbed.RealModelTests;

/// <summary>A trained model out of its package, written as a checkpoint into a folder of its own.</summary>
public sealed class RealModel : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<CodeEmbedding[]> _float32, _int8;

    /// <summary>Takes a model out of its package and writes it.</summary>
    /// <param name="name">What the package's name ends with.</param>
    /// <param name="pooling">The pooling's name: <c>mean</c> or <c>cls</c>.</param>
    /// <param name="maxLength">How many tokens it is meant to see.</param>
    public RealModel(string name, string pooling, int maxLength)
    {
        Name = name;
        Pooling = pooling;
        MaxLength = maxLength;
        (Export, string[] words) = RealCheckpoint.Unpack(Build.Assembly($"SentenceTransformers.{name}"));
        RealCheckpoint.Write(Folder, new OnnxExport(Export), words, pooling, maxLength);
        _float32 = new(() => EmbedTexts(EmbeddingPrecision.Float32));
        _int8 = new(() => EmbedTexts(EmbeddingPrecision.Int8));
    }

    /// <summary>The texts that transformers was given.</summary>
    public static string[] Texts { get; } =
        [.. File.ReadLines(Build.Texts).Select(line => JsonSerializer.Deserialize<string>(line)!)];

    /// <summary>What the package's name ends with.</summary>
    public string Name { get; }

    /// <summary>The pooling's name: <c>mean</c> or <c>cls</c>.</summary>
    public string Pooling { get; }

    /// <summary>How many tokens it is meant to see.</summary>
    public int MaxLength { get; }

    /// <summary>The bytes of the package's ONNX export.</summary>
    public byte[] Export { get; }

    /// <summary>The folder of the checkpoint.</summary>
    public string Folder => _folder.Path;

    /// <summary>The ids that Hugging Face's tokenizers 0.23.2 gives each text, cut to the maximum length.</summary>
    public int[][] ExpectedIds => Expected<int[]>("expected-ids.jsonl");

    /// <summary>The vector that transformers gives each text in float64, of length 1.</summary>
    public double[][] ExpectedVectors => Expected<double[]>("expected-vectors.jsonl");

    /// <summary>What the model makes of the texts.</summary>
    public CodeEmbedding[] Embeddings(EmbeddingPrecision precision) =>
        (precision == EmbeddingPrecision.Int8 ? _int8 : _float32).Value;

    /// <summary>A snippet of a text.</summary>
    public static CodeSnippet Snippet(string text, int number) =>
        new() { Id = $"{number}", FilePath = string.Empty, Language = string.Empty, Content = text };

    /// <summary>The model, to be loaded.</summary>
    public OnnxEmbeddingService Service(EmbeddingPrecision precision) =>
        new(new EmbeddingServiceOptions { Model = Folder, Device = EmbeddingDevice.Cpu, Precision = precision });

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private CodeEmbedding[] EmbedTexts(EmbeddingPrecision precision)
    {
        using OnnxEmbeddingService service = Service(precision);
        return [.. service.EmbedBatch([.. Texts.Select(Snippet)], TestContext.Current.CancellationToken)];
    }

    private T[] Expected<T>(string file) =>
        [.. File.ReadLines(Path.Combine(Build.Fixtures, Name, file)).Select(line => JsonSerializer.Deserialize<T>(line)!)];
}
