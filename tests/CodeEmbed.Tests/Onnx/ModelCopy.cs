using System.Text.Json.Nodes;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>A copy of a form of the small model, for a test to change.</summary>
internal sealed class ModelCopy : IDisposable
{
    /// <summary>The name of its folder, which is unlike anything that a message holds anyway.</summary>
    public const string Name = "copied-model";

    private readonly TemporaryFolder _folder = new();

    /// <summary>Copies a form, without its tokenizer.json: so the other files of the tokenizer count.</summary>
    public ModelCopy(string form = FixtureModels.Tiny)
    {
        Path = _folder.CopyFolder(FixtureModels.Folder(form), Name);
        System.IO.File.Delete(File("tokenizer.json"));
    }

    /// <summary>The folder of the copy.</summary>
    public string Path { get; }

    /// <summary>How to load the copy.</summary>
    public EmbeddingServiceOptions Options => new() { Model = Path, Device = EmbeddingDevice.Cpu, Threads = 1 };

    /// <summary>The path of a file of the copy.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Changes a JSON file; makes it if it is not there.</summary>
    public void Patch(string name, Action<JsonObject> change)
    {
        string path = File(name);
        JsonObject root = System.IO.File.Exists(path) ? JsonNode.Parse(System.IO.File.ReadAllText(path))!.AsObject() : [];
        change(root);
        System.IO.File.WriteAllText(path, root.ToJsonString());
    }

    /// <summary>
    ///   Gives the copy a tokenizer.json, changed from that of the small model, as the only file of its tokenizer.
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

    /// <summary>Sets a value of config.json to what a piece of JSON says.</summary>
    public void Configure(string key, string json) => Patch("config.json", config => config[key] = JsonNode.Parse(json));

    /// <summary>Writes the only weights that the copy then has.</summary>
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

    /// <summary>The ids that the copy's tokenizer gives a text, not cut.</summary>
    public int[] Encode(string text) =>
        [.. ReadTokenizer().Encode(text, int.MaxValue, TestContext.Current.CancellationToken).Ids.Select(id => (int)id)];

    /// <summary>Loads the copy, and embeds a text.</summary>
    public CodeEmbedding Embed(string text = "x = 1")
    {
        using var service = new OnnxEmbeddingService(Options);
        return service.EmbedBatch([Snippets.Of(text)]).Single();
    }

    /// <summary>Loads the copy, which must fail.</summary>
    public ModelLoadException FailToLoad() => Assert.Throws<ModelLoadException>(() => Embed());

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
