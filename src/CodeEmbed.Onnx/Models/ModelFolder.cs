using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Models;

/// <summary>A folder with a model in Hugging Face's layout.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Name">Its last part, which the output uses as the model's name.</param>
internal sealed record ModelFolder(string Path, string Name)
{
    /// <summary>The folder, next to a program, with the models that come with it.</summary>
    private const string ModelsFolder = "models";

    /// <summary>Finds the folder of the requested model.</summary>
    /// <exception cref="ModelLoadException">The model was not found.</exception>
    public static ModelFolder Find(EmbeddingServiceOptions options)
    {
        string? given = options.Model.Contains('\0')
            ? null
            : System.IO.Path.GetFullPath(options.Model, options.BaseFolder ?? Environment.CurrentDirectory);
        if (Directory.Exists(given))
            return At(given);

        string bundled = options.BundledModels ?? System.IO.Path.Combine(AppContext.BaseDirectory, ModelsFolder);
        if (FileNameRule.IsPlain(options.Model))
        {
            string path = System.IO.Path.Combine(bundled, options.Model);
            if (Directory.Exists(path))
                return At(path);
        }

        if (File.Exists(given))
            throw new ModelLoadException(options.Model, "it is a file. Give the folder that holds the model's files.");

        throw new ModelLoadException(
            options.Model,
            "the folder does not exist. Give a folder with config.json, tokenizer.json (or vocab.json and merges.txt, or "
            + "vocab.txt), and model.safetensors or pytorch_model.bin, the name of a model on the Hub, owner/name"
            + DescribeBundled(bundled));
    }

    /// <summary>
    ///   The path of a file in the folder, or <see langword="null"/> if it does not exist. Something that exists but is not a
    ///   regular file is refused when it is opened, so it is not treated as missing.
    /// </summary>
    public string? Find(string fileName)
    {
        string path = System.IO.Path.Combine(Path, fileName);
        return System.IO.Path.Exists(path) ? path : null;
    }

    /// <summary>The path of a file in the folder.</summary>
    /// <exception cref="ModelFormatException">The file does not exist.</exception>
    public string Require(string fileName) =>
        Find(fileName) ?? throw new ModelFormatException($"the file {fileName} is missing in '{Path}'.");

    /// <summary>Checks that the folder has parts of a model.</summary>
    /// <exception cref="ModelFormatException">
    ///   There is neither a configuration nor an ONNX export; the message says what a model folder holds.
    /// </exception>
    public void RequireModel()
    {
        if (Find(ModelFileNames.Config) is not null || WeightFiles.Exports.Any(name => Find(name) is not null))
            return;

        throw new ModelFormatException(
            $"config.json is missing in '{Path}'. A model folder holds config.json, tokenizer.json (or vocab.json and "
            + "merges.txt, or vocab.txt), and the weights: "
            + $"model.safetensors, pytorch_model.bin or model.onnx. This folder holds {DescribeContent()}."
            + DescribeKind());
    }

    /// <summary>
    ///   Describes a model without weights in the folder, as a sentence after a space; empty if it is not known.
    /// </summary>
    public string DescribeKind() => ForeignModel.DescribeFiles(ListNames());

    /// <summary>The names of the folder's content, as a list for messages.</summary>
    public string DescribeContent() => MessageText.QuoteList(ListNames());

    /// <summary>The folder of a part of the model, with the model's name.</summary>
    public ModelFolder Of(ModelModule module) =>
        module.Folder.Length == 0 ? this : this with { Path = System.IO.Path.Combine(Path, module.Folder) };

    private string[] ListNames() => Directory.Exists(Path)
        ? [.. Directory.EnumerateFileSystemEntries(Path)
            .Select(entry => System.IO.Path.GetFileName(entry))
            .Order(StringComparer.Ordinal)]
        : [];

    private static ModelFolder At(string path)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(path);
        return new ModelFolder(full, System.IO.Path.GetFileName(full) is { Length: > 0 } name ? name : "model");
    }

    private static string DescribeBundled(string bundled)
    {
        if (!Directory.Exists(bundled))
            return ".";

        IEnumerable<string> names = Directory.GetDirectories(bundled)
            .Select(path => $"'{System.IO.Path.GetFileName(path)}'")
            .Order(StringComparer.Ordinal);
        return $", or the name of a model that comes with this program: {string.Join(", ", names)}.";
    }
}
