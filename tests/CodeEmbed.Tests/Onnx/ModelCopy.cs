using System.Text.Json.Nodes;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>A copy of a form of the small model, for a test to change.</summary>
internal sealed class ModelCopy : IDisposable
{
    /// <summary>The name of its folder, which does not otherwise occur in any message.</summary>
    public const string Name = "copied-model";

    private readonly TemporaryFolder _folder = new();

    /// <summary>Copies a form without its tokenizer.json, so that the tokenizer's other files are used.</summary>
    public ModelCopy(string form = FixtureModels.Tiny)
    {
        Path = _folder.CopyFolder(FixtureModels.Folder(form), Name);
        System.IO.File.Delete(File("tokenizer.json"));
    }

    /// <summary>The folder of the copy.</summary>
    public string Path { get; }

    /// <summary>The options to load the copy with.</summary>
    public EmbeddingServiceOptions Options => new() { Model = Path, Device = EmbeddingDevice.Cpu, Threads = 1 };

    /// <summary>The path of a file of the copy.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Changes a JSON file, or creates it if it is missing.</summary>
    public void Patch(string name, Action<JsonObject> change)
    {
        string path = File(name);
        JsonObject root = System.IO.File.Exists(path) ? JsonNode.Parse(System.IO.File.ReadAllText(path))!.AsObject() : [];
        change(root);
        System.IO.File.WriteAllText(path, root.ToJsonString());
    }

    /// <summary>
    ///   Adds a changed version of the small model's tokenizer.json to the copy, as the only file of its tokenizer.
    /// </summary>
    public void UseTokenizerJson(Action<JsonObject> change)
    {
        foreach (string name in new[]
        {
            "vocab.json",
            "merges.txt",
            "special_tokens_map.json",
            "tokenizer_config.json",
            "added_tokens.json"
        })
            System.IO.File.Delete(File(name));

        System.IO.File.Copy(Repository.Fixture("tiny-roberta/tokenizer.json"), File("tokenizer.json"), overwrite: true);
        Patch("tokenizer.json", change);
    }

    /// <summary>Sets a value in config.json to a JSON value.</summary>
    public void Configure(string key, string json) => Patch("config.json", config => config[key] = JsonNode.Parse(json));

    /// <summary>Replaces the weights of the copy.</summary>
    public void UseWeights(string name, byte[] bytes)
    {
        RemoveWeights();
        System.IO.File.WriteAllBytes(File(name), bytes);
    }

    /// <summary>Deletes the weights.</summary>
    public void RemoveWeights()
    {
        foreach (string pattern in new[] { "model*.safetensors*", "pytorch_model*.bin*" })
        {
            foreach (string file in Directory.GetFiles(Path, pattern))
                System.IO.File.Delete(file);
        }
    }

    /// <summary>The tokenizer of the copy.</summary>
    public Tokenizer ReadTokenizer() => TokenizerReader.Read(new ModelFolder(Path, Name));

    /// <summary>The ids of a text from the copy's tokenizer, not truncated.</summary>
    public int[] Encode(string text) =>
        [.. ReadTokenizer().Encode(text, int.MaxValue, TestContext.Current.CancellationToken).Ids.Select(id => (int)id)];

    /// <summary>Loads the copy, and embeds a text.</summary>
    public CodeEmbedding Embed(string text = "x = 1")
    {
        using var service = new OnnxEmbeddingService(Options);
        return service.EmbedBatch([Snippets.Of(text)]).Single();
    }

    /// <summary>Loads the copy and checks that this fails.</summary>
    public ModelLoadException FailToLoad() => Assert.Throws<ModelLoadException>(() => Embed());

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
