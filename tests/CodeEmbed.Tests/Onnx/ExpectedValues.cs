using System.Text;
using System.Text.Json;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The texts of the fixtures, and for each line, the results from Hugging Face's tokenizers and PyTorch.</summary>
internal static class ExpectedValues
{
    /// <summary>The texts.</summary>
    public static string[] Texts { get; } = ReadTexts("texts.jsonl");

    /// <summary>The ids from Hugging Face's tokenizers 0.23.2 for each text, truncated to 512.</summary>
    public static int[][] Ids(string form) =>
        [.. Lines(FixtureModels.ExpectedIds(form)).Select(line => JsonSerializer.Deserialize<int[]>(line)!)];

    /// <summary>The vector from PyTorch for each text: float64, mean over all tokens, length 1.</summary>
    public static double[][] Vectors(string form) =>
        [.. Lines(FixtureModels.ExpectedVectors(form)).Select(line => JsonSerializer.Deserialize<double[]>(line)!)];

    /// <summary>The texts of a fixture, one JSON string per line.</summary>
    public static string[] ReadTexts(string name) => [.. Lines(name).Select(ReadString)];

    private static string[] Lines(string name) => File.ReadAllLines(Repository.Fixture(name));

    private static string ReadString(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return JsonStrings.Read(in reader);
    }
}
