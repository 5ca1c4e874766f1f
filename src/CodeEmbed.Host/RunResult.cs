namespace CodeEmbed.Host;

/// <summary>The result of running the text or the script. The process has one.</summary>
internal static class RunResult
{
    private const int TerminatingExitCode = 1;
    private const int NonTerminatingExitCode = 2;
    private const int InterruptedExitCode = 130;

    // The exit code that a shell reports for a program that a broken pipe ended.
    private const int OutputClosedExitCode = 141;

    private static int _errorExitCode;

    /// <summary>Whether Ctrl+C was pressed.</summary>
    internal static volatile bool Interrupted;

    /// <summary>Whether the reader of the output is gone.</summary>
    internal static volatile bool OutputClosed;

    /// <summary>Whether the run has reached its end: neither <c>exit</c> nor an error ended it early.</summary>
    internal static bool ReachedEnd { get; set; }

    /// <summary>Counts an error.</summary>
    /// <param name="isTerminating">Whether it ended a statement.</param>
    internal static void AddError(bool isTerminating)
    {
        if (isTerminating)
            _errorExitCode = TerminatingExitCode;
        else if (_errorExitCode == 0)
            _errorExitCode = NonTerminatingExitCode;
    }

    /// <summary>The exit code of the process.</summary>
    /// <param name="ofPowerShell">
    ///   The code that PowerShell returns: that of <c>exit</c>, or 1 after an error that ended the run.
    /// </param>
    internal static int ExitCode(int ofPowerShell)
    {
        if (Interrupted)
            return InterruptedExitCode;

        if (OutputClosed)
            return OutputClosedExitCode;

        return ReachedEnd ? _errorExitCode : ofPowerShell;
    }
}
