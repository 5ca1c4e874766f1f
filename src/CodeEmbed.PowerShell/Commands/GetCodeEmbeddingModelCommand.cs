using System.Management.Automation;
using CodeEmbed.PowerShell.Completion;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.PowerShell.Models;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Lists the models that are on this machine: those that come with the module, and those in the Hub's cache.</summary>
[Cmdlet(VerbsCommon.Get, "CodeEmbeddingModel")]
[OutputType(typeof(InstalledModel))]
public sealed class GetCodeEmbeddingModelCommand : CodeEmbedCmdlet
{
    /// <summary>The names of models; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(InstalledModelCompleter))]
    public string[] Model { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        InstalledModel[] models = RunOrFail(() => ValueTask.FromResult(InstalledModels.List().ToArray()));
        foreach (string name in Model)
        {
            if (!IsPattern(name))
            {
                WriteError(ErrorRecords.ModelNotFound(name));
                continue;
            }

            var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            InstalledModel[] found = [.. models.Where(model => pattern.IsMatch(model.Name))];
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
                WriteError(ErrorRecords.ModelNotFound(name));

            WriteObject(found, enumerateCollection: true);
        }
    }

    /// <summary>
    ///   Whether PowerShell accepts a name as a pattern: it rejects one with a single bracket, which no model has.
    /// </summary>
    private static bool IsPattern(string name)
    {
        try
        {
            WildcardPattern.Get(name, WildcardOptions.None).IsMatch(name);
            return true;
        }
        catch (WildcardPatternException)
        {
            return false;
        }
    }
}
