using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace CodeEmbed.Host;

/// <summary>Runs one command line in a PowerShell engine and reports its errors.</summary>
internal sealed class ScriptRunner : IDisposable
{
    private const int TerminatingExitCode = 1;
    private const int NonTerminatingExitCode = 2;
    private const int InterruptedExitCode = 130;

    // What a shell says of a program that a broken pipe ended.
    private const int OutputClosedExitCode = 141;

    private readonly EngineHost _host = new();
    private readonly Runspace _runspace;
    private readonly PowerShell _shell;
    private readonly ArrayList _errorVariable;
    private volatile bool _interrupted, _outputClosed;
    private int _errorExitCode;

    /// <summary>Starts the engine.</summary>
    internal ScriptRunner()
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = ExecutionPolicy.RemoteSigned;
        }

        _runspace = RunspaceFactory.CreateRunspace(_host, state);
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
        _errorVariable = (ArrayList)_runspace.SessionStateProxy.GetVariable("Error");
        _shell = PowerShell.Create(_runspace);
        _shell.Streams.Error.DataAdded += OnError;

        // The engine would keep every one until the end, and a long run writes many; what is to be shown was shown when it was written.
        PSDataStreams streams = _shell.Streams;
        streams.Information.DataAdded += (_, _) => streams.Information.Clear();
        streams.Progress.DataAdded += (_, _) => streams.Progress.Clear();
        streams.Verbose.DataAdded += (_, _) => streams.Verbose.Clear();
        streams.Warning.DataAdded += (_, _) => streams.Warning.Clear();
        streams.Debug.DataAdded += (_, _) => streams.Debug.Clear();
        Console.CancelKeyPress += OnCancelKeyPress;
        _host.UserInterface.OutputClosed = OnOutputClosed;
    }

    /// <summary>Imports the module, then runs the text or the script.</summary>
    /// <param name="commandLine">What to run.</param>
    /// <param name="manifest">The full path of the manifest of the module.</param>
    /// <returns>The exit code of the process.</returns>
    internal int Run(CommandLine commandLine, string manifest)
    {
        try
        {
            _shell.AddCommand("Import-Module")
                .AddParameter("Name", manifest)
                .AddParameter("ErrorAction", ActionPreference.Stop)
                .Invoke();
            _shell.Commands.Clear();
            AddCommands(commandLine);
            if (!_interrupted)
            {
                _shell.AddCommand("Out-Default").Invoke();
            }
        }
        catch (Exception) when (_interrupted || _outputClosed)
        {
            return StoppedExitCode;
        }
        catch (Exception e)
        {
            // Whatever the engine lets through ends the run with a line, never with a stack trace.
            Report(e is IContainsErrorRecord { ErrorRecord: { } record }
                ? new ErrorRecord(record, e)
                : new ErrorRecord(e, e.GetType().Name, ErrorCategory.NotSpecified, targetObject: null));
            return TerminatingExitCode;
        }

        return _interrupted || _outputClosed ? StoppedExitCode : _host.ExitCode ?? _errorExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Console.CancelKeyPress -= OnCancelKeyPress;
        _shell.Dispose();
        _runspace.Dispose();
    }

    private void AddCommands(CommandLine commandLine)
    {
        if (commandLine.ScriptPath is not { } path)
        {
            _shell.AddScript(commandLine.Text);
            return;
        }

        // 'exit' in a script that runs as a file only sets $LASTEXITCODE; in a function it reaches the host.
        string name = Path.GetFileName(path);
        SessionStateProxy session = _runspace.SessionStateProxy;
        var script = (ExternalScriptInfo)session.InvokeCommand.GetCommand(path, CommandTypes.ExternalScript);
        session.InvokeProvider.Item.Set($"function:{WildcardPattern.Escape(name)}", script.ScriptBlock);
        _shell.AddCommand(name, useLocalScope: false);
        foreach (CommandParameter argument in commandLine.ScriptArguments)
        {
            _shell.Commands.Commands[0].Parameters.Add(argument);
        }
    }

    private int StoppedExitCode => _interrupted ? InterruptedExitCode : OutputClosedExitCode;

    private void OnOutputClosed()
    {
        // Not waited for: it is the pipeline's own thread that writes.
        _outputClosed = true;
        _shell.BeginStop(callback: null, state: null);
    }

    private void OnError(object? sender, DataAddedEventArgs e)
    {
        foreach (ErrorRecord record in _shell.Streams.Error.ReadAll())
        {
            // The standard error of a native program arrives here too; it is text, and no error by itself.
            if (record.FullyQualifiedErrorId is "NativeCommandError" or "NativeCommandErrorMessage")
            {
                Console.Error.WriteLine(record.Exception.Message);
                continue;
            }

            // The engine reports a copy of the record where an error ended its statement, and the record
            // itself where a command only wrote it.
            bool isTerminating = _errorVariable.Count == 0 || !ReferenceEquals(_errorVariable[0], record);
            if (isTerminating)
            {
                _errorExitCode = TerminatingExitCode;
            }
            else if (_errorExitCode == 0)
            {
                _errorExitCode = NonTerminatingExitCode;
            }

            Report(record);
        }
    }

    private void OnCancelKeyPress(object? sender, ConsoleCancelEventArgs e)
    {
        // A second Ctrl+C ends the process at once, for a command that does not stop.
        e.Cancel = !_interrupted;
        _interrupted = true;
        _shell.BeginStop(callback: null, state: null);
    }

    private static void Report(ErrorRecord record)
    {
        if (record.Exception is ParseException { Errors: { Length: > 0 } errors })
        {
            foreach (ParseError error in errors)
            {
                Report(error.ErrorId, $"{error.Message} (line {error.Extent.StartLineNumber})");
            }

            return;
        }

        string errorId = record.FullyQualifiedErrorId.Split(',')[0];
        Report(
            errorId.Length > 0 ? errorId : record.Exception.GetType().Name,
            record.ErrorDetails?.Message ?? record.Exception.Message);
    }

    private static void Report(string errorId, string message) =>
        Console.Error.WriteLine($"error {OnOneLine(errorId)}: {OnOneLine(message)}");

    private static string OnOneLine(string text) =>
        string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
