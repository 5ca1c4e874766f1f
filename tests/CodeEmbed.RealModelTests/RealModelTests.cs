using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers;
using CodeEmbed.Tests;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace CodeEmbed.RealModelTests;

/// <summary>Trained models, compared with Hugging Face's programs and with the original exports of their weights.</summary>
// Every test uses all cores, so they run one after the other.
[Collection(nameof(RealModels))]
public sealed class RealModelTests(RealModels models)
{
    private const double LargestDifference = 1e-5, SmallestCosine = 0.999999;

    [Theory]
    [InlineData(RealModels.MiniLM)]
    [InlineData(RealModels.ArcticXs)]
    public void Ids_equal_Hugging_Faces_ids_for_every_text(string name)
    {
        RealModel model = models.Get(name);
        Tokenizer tokenizer = TokenizerReader.Read(new ModelFolder(model.Folder, name));

        IEnumerable<string> ids = RealModel.Texts.Select(
            (text, line) => Describe(line, tokenizer.Encode(text, model.MaxLength, TestContext.Current.CancellationToken).Ids));

        Assert.Equal(model.ExpectedIds.Select((expected, line) => Describe(line, expected)), ids);
    }

    [Theory]
    [InlineData(RealModels.MiniLM)]
    [InlineData(RealModels.ArcticXs)]
    public void Every_vector_matches_transformers(string name)
    {
        RealModel model = models.Get(name);

        AssertSame(model.ExpectedVectors, model.Embeddings(EmbeddingPrecision.Float32));
    }

    [Theory]
    [InlineData(RealModels.MiniLM)]
    [InlineData(RealModels.ArcticXs)]
    public void Every_vector_matches_the_export(string name)
    {
        RealModel model = models.Get(name);

        AssertSame(RunExport(model), model.Embeddings(EmbeddingPrecision.Float32));
    }

    [Theory]
    [InlineData(RealModels.MiniLM, EmbeddingPrecision.Float32)]
    [InlineData(RealModels.MiniLM, EmbeddingPrecision.Int8)]
    [InlineData(RealModels.ArcticXs, EmbeddingPrecision.Float32)]
    [InlineData(RealModels.ArcticXs, EmbeddingPrecision.Int8)]
    public void A_text_gets_the_same_bits_alone_and_in_any_batch(string name, EmbeddingPrecision precision)
    {
        RealModel model = models.Get(name);
        using OnnxEmbeddingService service = model.Service(precision);
        CodeSnippet[] shuffled = [.. RealModel.Texts.Select(RealModel.Snippet)];
        new Random(1).Shuffle(shuffled);
        IEnumerable<string> together = model.Embeddings(precision).Select(Bits).Order(StringComparer.Ordinal);

        Assert.Equal(together, Embed(service, shuffled, 1));
        Assert.Equal(together, Embed(service, shuffled, 7));
    }

    /// <remarks>
    ///   Measured: 0.9886 and 0.9973 for MiniLM, 0.9986 and 0.9996 for ArcticXs. The smallest belong to texts without a word that
    ///   the model knows.
    /// </remarks>
    [Theory]
    [InlineData(RealModels.MiniLM)]
    [InlineData(RealModels.ArcticXs)]
    public void In_8_bit_integers_every_vector_points_nearly_in_the_direction_of_transformers(string name)
    {
        RealModel model = models.Get(name);

        double[] cosines = [.. model.Embeddings(EmbeddingPrecision.Int8).Zip(model.ExpectedVectors, Cosine).Order()];

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{name}, Int8: the smallest cosine is {cosines[0]:F6}, the median {cosines[cosines.Length / 2]:F6}.");
        Assert.InRange(cosines[0], 0.98, 1 + 1e-9);
        Assert.InRange(cosines[cosines.Length / 2], 0.997, 1 + 1e-9);
    }

    /// <summary>The export run directly by ONNX Runtime, on Hugging Face's ids, one text at a time.</summary>
    private static IEnumerable<double[]> RunExport(RealModel model)
    {
        using var session = new InferenceSession(model.Export);
        using var options = new RunOptions();
        foreach (int[] tokens in model.ExpectedIds)
        {
            long[] shape = [1, tokens.Length];
            using OrtValue ids = OrtValue.CreateTensorValueFromMemory([.. tokens.Select(id => (long)id)], shape);
            using OrtValue mask = OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat(1L, tokens.Length).ToArray(), shape);
            using OrtValue types = OrtValue.CreateTensorValueFromMemory(new long[tokens.Length], shape);
            var inputs = new Dictionary<string, OrtValue>
            {
                ["input_ids"] = ids, ["attention_mask"] = mask, ["token_type_ids"] = types,
            };
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, inputs, [session.OutputNames[0]]);
            yield return Pool(outputs[0].GetTensorDataAsSpan<float>(), tokens.Length, model.Pooling);
        }
    }

    private static double[] Pool(ReadOnlySpan<float> states, int count, string pooling)
    {
        int width = states.Length / count, pooled = pooling == "cls" ? 1 : count;
        double[] sum = new double[width];
        for (int i = 0; i < pooled * width; i++)
            sum[i % width] += states[i];

        double length = TensorPrimitives.Norm<double>(sum);
        return [.. sum.Select(value => value / length)];
    }

    private static IEnumerable<string> Embed(OnnxEmbeddingService service, CodeSnippet[] snippets, int batchSize) => snippets
        .Chunk(batchSize)
        .SelectMany(batch => service.EmbedBatch(batch, TestContext.Current.CancellationToken))
        .Select(Bits)
        .Order(StringComparer.Ordinal);

    private static string Bits(CodeEmbedding embedding) =>
        $"{embedding.Snippet.Id}: {Convert.ToHexString(MemoryMarshal.AsBytes<float>(embedding.Vector))}";

    private static void AssertSame(IEnumerable<double[]> expected, CodeEmbedding[] embeddings)
    {
        (CodeEmbedding Embedding, double[] Expected)[] pairs = [.. embeddings.Zip(expected)];
        Assert.Equal(RealModel.Texts.Length, pairs.Length);
        Assert.All(pairs, pair => Assert.InRange(LargestDistance(pair.Embedding.Vector, pair.Expected), 0, LargestDifference));
        Assert.All(pairs, pair => Assert.InRange(Cosine(pair.Embedding, pair.Expected), SmallestCosine, 1 + 1e-9));
    }

    private static double LargestDistance(float[] vector, double[] expected)
    {
        Assert.Equal(expected.Length, vector.Length);
        return vector.Zip(expected, (value, reference) => Math.Abs(value - reference)).Max();
    }

    private static double Cosine(CodeEmbedding embedding, double[] expected) =>
        TensorPrimitives.CosineSimilarity<double>([.. embedding.Vector.Select(value => (double)value)], expected);

    private static string Describe<T>(int line, IEnumerable<T> ids) => $"text {line}: {string.Join(' ', ids)}";
}
