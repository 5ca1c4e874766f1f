using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace CodeEmbed.Host;

/// <summary>The host application that the engine sees.</summary>
internal sealed class EngineHost : PSHost
{
    /// <summary>The code that <c>exit</c> asked for, or null.</summary>
    internal int? ExitCode { get; private set; }

    /// <summary>What writes to the standard streams.</summary>
    internal EngineHostUserInterface UserInterface { get; } = new();

    /// <inheritdoc/>
    public override string Name => "CodeEmbed.Host";

    /// <inheritdoc/>
    public override Version Version { get; } = typeof(EngineHost).Assembly.GetName().Version ?? new Version();

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override PSHostUserInterface UI => UserInterface;

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    /// <inheritdoc/>
    public override void EnterNestedPrompt() => throw new PSNotSupportedException("codeembed has no nested prompt.");

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => throw new PSNotSupportedException("codeembed has no nested prompt.");

    /// <inheritdoc/>
    public override void NotifyBeginApplication()
    {
    }

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
    }
}
