namespace CodeEmbed.Onnx.Models;

/// <summary>A folder with a model in it, as Hugging Face lays it out.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Name">Its last name, by which the output calls the model.</param>
internal sealed record ModelFolder(string Path, string Name)
{
    /// <summary>Finds the folder of the model that was asked for.</summary>
    /// <exception cref="ModelLoadException">There is none.</exception>
    public static ModelFolder Find(EmbeddingServiceOptions options)
    {
        string? given = options.Model.Contains('\0') ? null : System.IO.Path.GetFullPath(options.Model, options.BaseFolder ?? Environment.CurrentDirectory);
        if (Directory.Exists(given))
            return At(given);

        if (options.BundledModels is { } bundled && IsPlainName(options.Model))
        {
            string path = System.IO.Path.Combine(bundled, options.Model);
            if (Directory.Exists(path))
                return At(path);
        }

        if (File.Exists(given))
            throw new ModelLoadException(options.Model, "it is a file. Give the folder that holds the model's files.");

        throw new ModelLoadException(
            options.Model,
            "there is no such folder. Give a folder with config.json, tokenizer.json or vocab.json and merges.txt, and model.safetensors or pytorch_model.bin, "
            + "the name of a model on the Hub, owner/name" + DescribeBundled(options.BundledModels));
    }

    /// <summary>The path of a file in the folder, or <see langword="null"/> where it is not there.</summary>
    public string? Find(string fileName)
    {
        string path = System.IO.Path.Combine(Path, fileName);
        return File.Exists(path) ? path : null;
    }

    /// <summary>The path of a file in the folder.</summary>
    /// <exception cref="ModelFormatException">The file is not there.</exception>
    public string Require(string fileName) =>
        Find(fileName) ?? throw new ModelFormatException($"the file {fileName} is missing in '{Path}'.");

    /// <summary>A folder in this one, which keeps the model's name.</summary>
    /// <param name="path">The path from here, with slashes; empty for this folder.</param>
    /// <param name="source">The file that names it, for the error.</param>
    /// <exception cref="ModelFormatException">The path leads elsewhere.</exception>
    public ModelFolder Subfolder(string path, string source)
    {
        if (path.Length == 0)
            return this;

        if (path.TrimEnd('/').Split('/').Any(part => !IsPlainName(part) || part.Contains('\0')))
            throw new ModelFormatException($"{source} names '{path}', which is no folder beside it.");

        return this with { Path = System.IO.Path.Combine(Path, path) };
    }

    private static ModelFolder At(string path)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(path);
        return new ModelFolder(full, System.IO.Path.GetFileName(full) is { Length: > 0 } name ? name : "model");
    }

    private static bool IsPlainName(string name) => name.Length > 0 && name is not ("." or "..") && name.AsSpan().IndexOfAny('/', '\\', ':') < 0;

    private static string DescribeBundled(string? bundled)
    {
        if (bundled is null || !Directory.Exists(bundled))
            return ".";

        IEnumerable<string> names = Directory.GetDirectories(bundled).Select(path => $"'{System.IO.Path.GetFileName(path)}'").Order(StringComparer.Ordinal);
        return $", or the name of a model that comes with this module: {string.Join(", ", names)}.";
    }
}
