using System.Text;

namespace CodeEmbed.Tests.Hub;

/// <summary>A model on the server.</summary>
internal sealed class FakeRepository
{
    /// <summary>The first commit.</summary>
    public const string FirstCommit = "3b0952feddeffad0063f274080e3c23d75e7eb39";

    /// <summary>The commits of the branches and tags.</summary>
    public Dictionary<string, string> Revisions { get; } = new() { ["main"] = FirstCommit };

    /// <summary>The files of the commits.</summary>
    public Dictionary<string, Dictionary<string, FakeFile>> Commits { get; } = new() { [FirstCommit] = [] };

    /// <summary>The files of the first commit.</summary>
    public Dictionary<string, FakeFile> Files => Commits[FirstCommit];

    /// <summary>Adds a small file.</summary>
    public FakeRepository Add(string path, string text)
    {
        Files[path] = new FakeFile(Encoding.UTF8.GetBytes(text), IsLarge: false);
        return this;
    }

    /// <summary>Adds a large file of random bytes.</summary>
    public FakeRepository AddLarge(string path, int length)
    {
        var content = new byte[length];
        new Random(path.Length + length).NextBytes(content);
        Files[path] = new FakeFile(content, IsLarge: true);
        return this;
    }

    /// <summary>A repository with the file names of microsoft/codebert-base and placeholder content.</summary>
    public static FakeRepository LikeCodeBert(int weightsLength = 300_000) => new FakeRepository()
        .Add(".gitattributes", "*.bin filter=lfs\n").Add("README.md", "# CodeBERT\n")
        .Add("config.json", """{"model_type":"roberta"}""")
        .Add("vocab.json", """{"<s>":0}""").Add("merges.txt", "#version: 0.2\n")
        .Add("special_tokens_map.json", "{}").Add("tokenizer_config.json", """{"model_max_length":512}""")
        .AddLarge("pytorch_model.bin", weightsLength)
        .AddLarge("tf_model.h5", 1001).AddLarge("flax_model.msgpack", 1002).AddLarge("rust_model.ot", 1003);

    /// <summary>A small model with the given weights, with a tokenizer.json.</summary>
    public static FakeRepository WithTokenizer() => new FakeRepository()
        .Add("config.json", """{"model_type":"roberta"}""").Add("tokenizer.json", """{"version":"1.0"}""");
}
