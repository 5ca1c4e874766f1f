using System.Collections.ObjectModel;
using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace CodeEmbed.Host;

/// <summary>
///   Shows the information stream of the cmdlets: the progress of a run, and what it has written at its end. The cmdlets
///   add their records to this list, as to the list of any -InformationVariable. It keeps none of them.
/// </summary>
internal sealed class RunNotices : Collection<object>
{
    private const string VariableName = "CodeEmbedNotices";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private long _lastShown = Stopwatch.GetTimestamp();

    /// <summary>
    ///   Makes the cmdlets of a session add their records here. A user's own -InformationVariable takes precedence.
    /// </summary>
    internal static void AddTo(InitialSessionState state)
    {
        state.Variables.Add(new SessionStateVariableEntry(VariableName, new RunNotices(), description: string.Empty));
        state.Variables.Add(new SessionStateVariableEntry(
            "PSDefaultParameterValues",
            new DefaultParameterDictionary
            {
                ["ConvertTo-CodeEmbedding:InformationVariable"] = $"+global:{VariableName}",
                ["Export-CodeEmbedding:InformationVariable"] = $"+global:{VariableName}",
            },
            description: string.Empty));
    }

    /// <inheritdoc/>
    protected override void InsertItem(int index, object item)
    {
        if (item is not InformationRecord record)
            return;

        // On a terminal the progress bar shows the batches.
        bool isSummary = record.Tags.Contains("CodeEmbed.Summary");
        if (!isSummary && (!Console.IsOutputRedirected || Stopwatch.GetElapsedTime(_lastShown) < Interval))
            return;

        _lastShown = Stopwatch.GetTimestamp();
        Console.Error.WriteLine(record.MessageData);
    }
}
