using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;

namespace CodeEmbed.Host;

/// <summary>Out-Default, to which PowerShell sends output and errors: each error becomes one line, and is counted.</summary>
/// <remarks>An error that a script writes as output, as <c>catch { $_ }</c> does, is output, as in pwsh.</remarks>
[Cmdlet("Out", "Default")]
public sealed class OutDefaultCommand : Microsoft.PowerShell.Commands.OutDefaultCommand
{
    // Which stream an object came from. PowerShell's own Out-Default uses it too, but there is no public API for it.
    private static readonly PropertyInfo StreamOf =
        typeof(PSObject).GetProperty("WriteStream", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private static int _depth;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _depth++;
        base.BeginProcessing();
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject?.BaseObject is ErrorRecord record && StreamOf.GetValue(InputObject)!.ToString() == "Error")
            Report(record);
        else
            base.ProcessRecord();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();

        // Alone in its pipeline, it reports the error that ended the run.
        if (_depth == 1 && MyInvocation.PipelineLength > 1)
            RunResult.ReachedEnd = true;
    }

    /// <inheritdoc/>
    protected override void InternalDispose()
    {
        _depth--;
        base.InternalDispose();
    }

    private void Report(ErrorRecord record)
    {
        // The run was stopped, which PowerShell reports as an error.
        if (RunResult.Interrupted || RunResult.OutputClosed)
            return;

        // Standard error of native programs arrives here too. It is text, and not in itself an error.
        if (record.FullyQualifiedErrorId is "NativeCommandError" or "NativeCommandErrorMessage")
        {
            Show(record.Exception.Message);
            return;
        }

        // If an error ended its statement, PowerShell reports a copy of the record; otherwise the record itself.
        var errors = (ArrayList)SessionState.PSVariable.GetValue("Error");
        RunResult.AddError(isTerminating: errors.Count == 0 || !ReferenceEquals(errors[0], record));
        if (record.CategoryInfo.Category == ErrorCategory.ParserError && FindParseErrors() is { Length: > 0 } parseErrors)
        {
            foreach (ParseError error in parseErrors)
                Show(Line(error.ErrorId, $"{error.Message} (line {error.Extent.StartLineNumber})", action: null));

            return;
        }

        string errorId = record.FullyQualifiedErrorId.Split(',')[0];
        Show(Line(
            errorId.Length > 0 ? errorId : record.Exception.GetType().Name,
            record.ErrorDetails?.Message ?? record.Exception.Message,
            record.ErrorDetails?.RecommendedAction));
    }

    // PowerShell's record has all parser errors in one text of many lines.
    private ParseError[] FindParseErrors()
    {
        if (MyInvocation.PipelineLength > 1)
            return [];

        string[] arguments = Environment.GetCommandLineArgs()[1..];
        ParseError[] errors;
        if (CommandLine.ScriptPath(arguments) is { } path)
            Parser.ParseFile(path, out _, out errors);
        else
            Parser.ParseInput(arguments[0], out _, out errors);

        return errors;
    }

    // On a terminal PowerShell has to write the line, because it may have drawn a progress bar there. Elsewhere it would write it
    // to standard output.
    private void Show(string line)
    {
        if (Console.IsOutputRedirected || Console.IsErrorRedirected)
            Console.Error.WriteLine(line);
        else
            Host.UI.WriteErrorLine(line);
    }

    private static string Line(string errorId, string message, string? action) =>
        OnOneLine($"error {errorId}: {message}" + (string.IsNullOrWhiteSpace(action) ? null : $" {action}"));

    private static string OnOneLine(string text) =>
        string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
