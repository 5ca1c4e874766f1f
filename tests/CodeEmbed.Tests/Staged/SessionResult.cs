using System.Management.Automation;

namespace CodeEmbed.Tests.Staged;

/// <summary>The result of a script.</summary>
/// <param name="Output">Its output.</param>
/// <param name="Terminating">The error that ended it, if any.</param>
/// <param name="Errors">The other errors.</param>
/// <param name="Verbose">The verbose messages.</param>
/// <param name="Warnings">The warnings.</param>
/// <param name="Information">The records in the information stream.</param>
/// <param name="Progress">The progress bars.</param>
internal sealed record SessionResult(
    IReadOnlyList<PSObject> Output,
    ErrorRecord? Terminating,
    IReadOnlyList<ErrorRecord> Errors,
    IReadOnlyList<string> Verbose,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<InformationRecord> Information,
    IReadOnlyList<ProgressRecord> Progress)
{
    /// <summary>The stable id of the error that ended the script.</summary>
    public string? TerminatingId => Terminating?.FullyQualifiedErrorId.Split(',')[0];

    /// <summary>The text that a user sees of the error that ended the script.</summary>
    public string? TerminatingMessage => Terminating?.ErrorDetails?.Message ?? Terminating?.Exception.Message;
}
