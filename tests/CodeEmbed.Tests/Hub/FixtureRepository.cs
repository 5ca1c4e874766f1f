namespace CodeEmbed.Tests.Hub;

/// <summary>A repository with a small model from the fixtures and, as usual on the Hub, many files that are not needed.</summary>
/// <param name="Fixture">The folder of the model under Fixtures/architectures.</param>
/// <param name="EncoderFolder">The folder of the Transformer module; empty for the repository's own.</param>
/// <param name="Left">A file of the fixture that the repository does not have; <see langword="null"/> for none.</param>
/// <param name="Needed">The files needed to run the model, in order.</param>
internal sealed record FixtureRepository(string Fixture, string EncoderFolder, string? Left, IReadOnlyList<string> Needed)
{
    private static readonly string[] Unneeded =
    [
        "README.md", ".gitattributes", "tf_model.h5", "onnx/model.onnx", "onnx/model_qint8_avx512.onnx",
        "openvino/openvino_model.bin",
    ];

    private static readonly string[] OfEveryEncoder =
        ["config.json", "model.safetensors", "sentence_bert_config.json", "tokenizer_config.json"];

    private static readonly string[] OfTheWholeModel =
        ["modules.json", "config_sentence_transformers.json", "1_Pooling/config.json"];

    /// <summary>The repositories, by the special property of each.</summary>
    public static IReadOnlyDictionary<string, FixtureRepository> All { get; } = new Dictionary<string, FixtureRepository>
    {
        ["bert with tokenizer.json"] = new("bert-mean", string.Empty, null, Files(string.Empty, "tokenizer.json")),
        ["xlm-roberta with tokenizer.json"] = new("xlm-roberta-mean", string.Empty, null, Files(string.Empty, "tokenizer.json")),
        ["bert in 0_Transformer with vocab.txt"] = new(
            "bert-mean", "0_Transformer", "tokenizer.json", Files("0_Transformer/", "vocab.txt", "special_tokens_map.json")),
    };

    /// <summary>The folder of the model.</summary>
    public string Source => Repository.Fixture($"architectures/{Fixture}");

    /// <summary>Creates the repository.</summary>
    public FakeRepository Make()
    {
        var made = new FakeRepository();
        foreach (string file in Directory.GetFiles(Source, "*", SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(Source, file).Replace('\\', '/');
            if (path != Left && !path.StartsWith("expected-", StringComparison.Ordinal))
                made.Files[Place(path)] = new FakeFile(File.ReadAllBytes(file), IsLarge: path == "model.safetensors");
        }

        made.Add("modules.json", File.ReadAllText(Path.Combine(Source, "modules.json"))
            .Replace("\"path\": \"\"", $"\"path\": \"{EncoderFolder}\"", StringComparison.Ordinal));
        foreach (string path in Unneeded.Append(Place("sentencepiece.bpe.model")).Append(Place("pytorch_model.bin")))
            made.AddLarge(path, 100);

        return made;
    }

    private static string[] Files(string prefix, params string[] tokenizer) =>
        [.. OfEveryEncoder.Concat(tokenizer).Select(name => prefix + name).Concat(OfTheWholeModel).Order(StringComparer.Ordinal)];

    private string Place(string path) =>
        EncoderFolder.Length == 0 || OfTheWholeModel.Contains(path) ? path : $"{EncoderFolder}/{path}";
}
