using System.Management.Automation;
using CodeEmbed.PowerShell.Errors;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Takes an object from the pipeline.</summary>
/// <remarks>
///   A parameter of the type itself would leave another object to PowerShell, whose error does not end the pipeline: it would go on
///   and replace its output by less than was asked for.
/// </remarks>
internal static class PipelineInput
{
    /// <summary>Takes an object of a type, or ends the pipeline with an error.</summary>
    /// <param name="cmdlet">The cmdlet that takes it.</param>
    /// <param name="input">The object.</param>
    /// <param name="source">The cmdlet that makes such objects, for the error.</param>
    public static T As<T>(CodeEmbedCmdlet cmdlet, PSObject? input, string source)
        where T : class
    {
        if (input?.BaseObject is T value)
            return value;

        cmdlet.Fail(ErrorRecords.WrongInput(input, typeof(T), source));
        return default;
    }
}
