using System.Management.Automation;
using CodeEmbed.Hub;
using CodeEmbed.PowerShell.Engine;

namespace CodeEmbed.PowerShell.Models;

/// <summary>What -Model means: a folder, a model that comes with the module, or a model on the Hub, in this order.</summary>
/// <param name="Model">The full path of a folder; where there is none, what was given.</param>
/// <param name="HubId">The name on the Hub, where it is one and no folder has it.</param>
internal sealed record ModelChoice(string Model, HubModelId? HubId)
{
    /// <summary>The model where none is given.</summary>
    public const string DefaultModel = "microsoft/codebert-base";

    private const string Variable = "CODEEMBED_MODEL";

    /// <summary>The model where -Model is not given: the value of a variable, or the default.</summary>
    public static string Standard => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } model ? model : DefaultModel;

    /// <summary>Finds out what a value of -Model means.</summary>
    public static ModelChoice Find(string model, PathIntrinsics session)
    {
        if (FindFolder(model, session) is { } folder)
            return new ModelChoice(folder, null);

        return new ModelChoice(model, HubModelId.TryParse(model, out HubModelId? id) ? id : null);
    }

    private static string? FindFolder(string model, PathIntrinsics session)
    {
        try
        {
            string path = session.GetUnresolvedProviderPathFromPSPath(model, out ProviderInfo provider, out _);
            if (provider.Name == "FileSystem" && Directory.Exists(path))
                return path;
        }
        catch (Exception e) when (e is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException or NotSupportedException or ArgumentException)
        {
            // It is no path; it may still be a name.
        }

        string bundled = Path.Combine(EmbeddingEngine.BundledModels, model);
        return Path.GetFileName(model) == model && Directory.Exists(bundled) ? bundled : null;
    }
}
