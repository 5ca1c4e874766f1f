using System.Globalization;
using System.Management.Automation.Host;

namespace CodeEmbed.PowerShellBench;

/// <summary>A host that accepts progress, like a terminal's, and counts it.</summary>
internal sealed class CountingHost : PSHost
{
    public override string Name => "CodeEmbed.PowerShellBench";

    public override Version Version { get; } = new(1, 0);

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override CountingUserInterface UI { get; } = new();

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override void SetShouldExit(int exitCode)
    {
    }

    public override void EnterNestedPrompt() => throw new NotSupportedException();

    public override void ExitNestedPrompt() => throw new NotSupportedException();

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }
}
