using System.Text.Json;
using CodeEmbed.Hub.Errors;
using CodeEmbed.ModelFiles;

namespace CodeEmbed.Hub.Files;

/// <summary>The parts of a sentence-transformers model, which its <c>modules.json</c> names.</summary>
internal sealed class SentenceModules
{
    private readonly IReadOnlyList<ModelModule> _modules;

    private SentenceModules(IReadOnlyList<ModelModule> modules) => _modules = modules;

    /// <summary>
    ///   Where the paths of the encoder and its tokenizer begin: empty, or a folder and a slash, as before
    ///   sentence-transformers 2.0.
    /// </summary>
    public string EncoderPrefix =>
        _modules.FirstOrDefault(ModuleChain.IsEncoder)?.Folder is { Length: > 0 } folder
            ? folder + "/"
            : "";

    /// <summary>Whether the encoder is a static model, which needs only its table and its tokenizer.</summary>
    public bool IsStatic => _modules is [{ Type: ModelModule.StaticEmbedding }, ..];

    /// <summary>
    ///   Why the parts cannot be run, as sentences to follow the name of the model; <see langword="null"/> if they can.
    /// </summary>
    public string? Problem => _modules.Count > 0 && ModuleChain.FindProblem(_modules) is { } problem
        ? $"its {problem} Give another model."
        : null;

    /// <summary>Reads <see cref="ModelFileNames.Modules"/>; a repository without it has no modules.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="read">Opens the file.</param>
    /// <exception cref="HubAnswerException">The file is not valid; the message says why.</exception>
    public static SentenceModules Read(IReadOnlySet<string> listing, Func<string, Stream> read) =>
        new(
            listing.Contains(ModelFileNames.Modules)
                ? RepositoryFile.Read(ModelFileNames.Modules, read, JsonValueKind.Array, ModelModule.ReadAll)
                : []);

    /// <summary>The files of the parts that are in separate folders, without the encoder's.</summary>
    /// <param name="listing">The paths of the repository.</param>
    public IReadOnlyList<string> FindFiles(IReadOnlySet<string> listing)
    {
        var files = new List<string>();
        foreach (
            (string type, string folder) in _modules.Where(
                module => module.Folder.Length > 0 && !ModuleChain.IsEncoder(module)))
        {
            string config = $"{folder}/{ModelFileNames.Config}";
            if (type == ModelModule.Pooling || listing.Contains(config))
                files.Add(config);

            if (type is ModelModule.Dense or ModelModule.LayerNorm)
            {
                files.Add(
                    WeightFiles.Whole.Select(name => $"{folder}/{name}").FirstOrDefault(listing.Contains)
                        ?? $"{folder}/{WeightFiles.Whole[0]}");
            }
        }

        return files;
    }
}
