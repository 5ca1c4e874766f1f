using System.Text;

namespace CodeEmbed.Tests.Hub;

/// <summary>
///   A cache as huggingface_hub leaves it, created by hand according to its documentation:
///   https://huggingface.co/docs/huggingface_hub/guides/manage-cache
/// </summary>
internal sealed class PythonCache(string folder)
{
    /// <summary>The folder of the cache.</summary>
    public string Folder { get; } = folder;

    /// <summary>
    ///   Adds a file to a commit: the blob, and the relative link to it; without links, the file itself.
    /// </summary>
    public PythonCache Add(string model, string commit, string path, string content)
    {
        string repository = Repository(model);
        var file = new FakeFile(
            Encoding.UTF8.GetBytes(content),
            path.EndsWith(".safetensors", StringComparison.Ordinal) || path.EndsWith(".bin", StringComparison.Ordinal));
        string blob = Path.Combine(repository, "blobs", file.Hash), pointer = Path.Combine(repository, "snapshots", commit, path);
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        Directory.CreateDirectory(Path.GetDirectoryName(pointer)!);
        if (!Links.AreMade)
        {
            File.WriteAllBytes(pointer, file.Content);
            return this;
        }

        File.WriteAllBytes(blob, file.Content);
        File.CreateSymbolicLink(
            pointer, string.Concat(Enumerable.Repeat("../", 2 + path.Count(c => c == '/'))) + $"blobs/{file.Hash}");
        return this;
    }

    /// <summary>Adds a whole model, and the marks for the files that it does not have.</summary>
    public PythonCache AddModel(string model, string commit, string weights = "weights") =>
        AddUnmarked(model, commit, weights).Mark(
            model, commit, "modules.json", "special_tokens_map.json", "tokenizer_config.json", "added_tokens.json");

    /// <summary>Adds the files that transformers reads from a model.</summary>
    public PythonCache AddUnmarked(string model, string commit, string weights = "weights") =>
        Add(model, commit, "config.json", "{}").Add(model, commit, "tokenizer.json", """{"version":"1.0"}""").Add(
            model, commit, "model.safetensors", weights);

    /// <summary>Marks files that a commit does not have.</summary>
    public PythonCache Mark(string model, string commit, params string[] absent)
    {
        foreach (string path in absent)
        {
            string mark = Path.Combine(Repository(model), ".no_exist", commit, path);
            Directory.CreateDirectory(Path.GetDirectoryName(mark)!);
            File.WriteAllText(mark, "");
        }

        return this;
    }

    /// <summary>Creates a branch or tag.</summary>
    public PythonCache Refer(string model, string revision, string commit)
    {
        string path = Path.Combine(Repository(model), "refs", revision);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, commit);
        return this;
    }

    /// <summary>The folder of a model.</summary>
    public string Repository(string model) =>
        Path.Combine(Folder, "models--" + model.Replace("/", "--", StringComparison.Ordinal));
}
