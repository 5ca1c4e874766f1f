using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace CodeEmbed.Host;

/// <summary>Writes what the engine shows to the standard streams, and never prompts.</summary>
internal sealed class EngineHostUserInterface : PSHostUserInterface
{
    /// <summary>Called, once, when there is nobody any more who reads what is written.</summary>
    internal Action? OutputClosed { get; set; }

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI { get; } = new EngineHostRawUserInterface();

    /// <inheritdoc/>
    public override void Write(string value) => WriteOut(value);

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => WriteOut(value);

    /// <inheritdoc/>
    public override void WriteLine(string value) => WriteOut(value + Environment.NewLine);

    /// <inheritdoc/>
    public override void WriteErrorLine(string value) => Console.Error.WriteLine(Plain(value));

    /// <inheritdoc/>
    public override void WriteWarningLine(string message)
    {
        // A run that is stopped because nobody reads its output any more ends quietly.
        if (!OutputPipe.IsClosed)
            Console.Error.WriteLine($"WARNING: {message}");
    }

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => Console.Error.WriteLine($"VERBOSE: {message}");

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => Console.Error.WriteLine($"DEBUG: {message}");

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        // A run is scripted as a rule, and its output must stay free of redrawn lines.
    }

    /// <inheritdoc/>
    public override string ReadLine() => throw CannotPrompt();

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString() => throw CannotPrompt();

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(
        string caption, string message, Collection<FieldDescription> descriptions) => throw CannotPrompt();

    /// <inheritdoc/>
    public override int PromptForChoice(
        string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) => throw CannotPrompt();

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName) => throw CannotPrompt();

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options) => throw CannotPrompt();

    private void WriteOut(string value)
    {
        if (!OutputPipe.IsClosed)
        {
            Console.Out.Write(Plain(value));
            return;
        }

        OutputClosed?.Invoke();
        OutputClosed = null;
    }

    // The formatter decorates table headers and leaves it to the host to take that out.
    private static string Plain(string value) => GetOutputString(value, supportsVirtualTerminal: false);

    private static HostException CannotPrompt() => new(
        "codeembed cannot prompt; give every value as an argument, and -Confirm:$false where needed.",
        innerException: null,
        "CannotPrompt",
        ErrorCategory.NotImplemented);
}
