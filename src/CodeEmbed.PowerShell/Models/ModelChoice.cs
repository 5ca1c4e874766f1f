using System.Management.Automation;
using CodeEmbed.Hub;
using CodeEmbed.PowerShell.Engine;

namespace CodeEmbed.PowerShell.Models;

/// <summary>What -Model means: a folder, a model that comes with the module, or a model on the Hub, in this order.</summary>
/// <param name="Model">The full path of a folder, or the value as given if no folder has that name.</param>
/// <param name="HubId">The name on the Hub, if it is one and no folder has it.</param>
internal sealed record ModelChoice(string Model, HubModelId? HubId)
{
    /// <summary>The model if none is given.</summary>
    public const string DefaultModel = "microsoft/codebert-base";

    private const string Variable = "CODEEMBED_MODEL";

    /// <summary>Whether it is one that comes with the module.</summary>
    public bool IsBundled { get; init; }

    /// <summary>The model if -Model is not given: the value of a variable, or the default.</summary>
    public static string Standard => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } model ? model : DefaultModel;

    /// <summary>Finds out what a value of -Model means.</summary>
    public static ModelChoice Find(string model, PathIntrinsics session)
    {
        // A text that is not a path may still be a name.
        string? path = FileSystemPath.Find(session, model, out _);
        if (Directory.Exists(path))
            return new ModelChoice(path, null);

        if (IsBundledName(model))
            return new ModelChoice(BundledFolder(model), null) { IsBundled = true };

        // A file is not meant as a name, even if it could be one.
        return new ModelChoice(model, !File.Exists(path) && HubModelId.TryParse(model, out HubModelId? id) ? id : null);
    }

    /// <summary>Whether a model of this name comes with the module.</summary>
    public static bool IsBundledName(string model) => Path.GetFileName(model) == model && Directory.Exists(BundledFolder(model));

    /// <summary>
    ///   The same failure to fetch, with the other place that was searched: the value may be a folder that does not exist.
    /// </summary>
    public static ModelLoadException AddFolder(ModelLoadException failure, string location) =>
        ModelLoadException.NotFetched(
            failure.Model,
            $"{failure.Problem} There is not a folder of this name in '{location}' either.",
            failure.InnerException);

    private static string BundledFolder(string model) => Path.Combine(EmbeddingEngine.BundledModels, model);
}
