using System.Text.Json;
using CodeEmbed.Onnx;
using CodeEmbed.Tests;
using Xunit;

namespace CodeEmbed.RealModelTests;

/// <summary>A trained model from its package, written as a checkpoint to a separate folder.</summary>
public sealed class RealModel : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<CodeEmbedding[]> _float32, _int8;

    /// <summary>Reads a model from its package and writes it.</summary>
    /// <param name="name">The end of the package's name.</param>
    /// <param name="pooling">The pooling's name: <c>mean</c> or <c>cls</c>.</param>
    /// <param name="maxLength">The number of tokens that it is meant to see.</param>
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

    /// <summary>The input texts of transformers.</summary>
    public static string[] Texts { get; } =
        [.. File.ReadLines(Build.Texts).Select(line => JsonSerializer.Deserialize<string>(line)!)];

    /// <summary>The end of the package's name.</summary>
    public string Name { get; }

    /// <summary>The pooling's name: <c>mean</c> or <c>cls</c>.</summary>
    public string Pooling { get; }

    /// <summary>The number of tokens that it is meant to see.</summary>
    public int MaxLength { get; }

    /// <summary>The bytes of the package's ONNX export.</summary>
    public byte[] Export { get; }

    /// <summary>The folder of the checkpoint.</summary>
    public string Folder => _folder.Path;

    /// <summary>The ids from Hugging Face's tokenizers 0.23.2 for each text, truncated to the maximum length.</summary>
    public int[][] ExpectedIds => Expected<int[]>("expected-ids.jsonl");

    /// <summary>The vector from transformers for each text, in float64, of length 1.</summary>
    public double[][] ExpectedVectors => Expected<double[]>("expected-vectors.jsonl");

    /// <summary>The model's embeddings of the texts.</summary>
    public CodeEmbedding[] Embeddings(EmbeddingPrecision precision) =>
        (precision == EmbeddingPrecision.Int8 ? _int8 : _float32).Value;

    /// <summary>A snippet with the given text.</summary>
    public static CodeSnippet Snippet(string text, int number) =>
        new() { Id = $"{number}", FilePath = string.Empty, Language = string.Empty, Content = text };

    /// <summary>The model, not loaded yet.</summary>
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
