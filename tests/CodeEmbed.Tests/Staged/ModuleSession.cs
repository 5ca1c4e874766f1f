using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace CodeEmbed.Tests.Staged;

/// <summary>A session in a real PowerShell engine, with the staged module imported by its manifest.</summary>
internal sealed class ModuleSession : IDisposable
{
    private static readonly Lock Starting = new();

    private readonly Runspace _runspace;

    public ModuleSession(string? location = null)
    {
        // The policy of an installed PowerShell on Windows. By default, the engine loads no files with scripts there.
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = ExecutionPolicy.RemoteSigned;

        // Engines that start at the same time occasionally find that a drive has no location yet.
        lock (Starting)
        {
            _runspace = RunspaceFactory.CreateRunspace(state);
            _runspace.Open();
            if (location is not null)
                _runspace.SessionStateProxy.Path.SetLocation(location);
        }

        using System.Management.Automation.PowerShell import = Start(
            "Import-Module $Manifest -ErrorAction Stop", ("Manifest", Repository.StagedManifest));
        import.Invoke();
        if (import.HadErrors)
        {
            throw new InvalidOperationException(
                $"The import of the module wrote errors: {string.Join(' ', import.Streams.Error)}");
        }
    }

    /// <summary>Runs a script until it ends.</summary>
    /// <param name="script">The script.</param>
    /// <param name="variables">Variables that it may use.</param>
    public SessionResult Run(string script, params (string Name, object? Value)[] variables)
    {
        // Otherwise, an error that ends its statement would only be written, and the script would continue.
        using System.Management.Automation.PowerShell shell = Start($"try {{ {script} }} catch {{ throw }}", variables);
        var output = new PSDataCollection<PSObject>();
        ErrorRecord? terminating = null;
        try
        {
            shell.Invoke(null, output);
        }
        catch (RuntimeException e)
        {
            terminating = e.ErrorRecord;
        }

        return new SessionResult(
            [.. output],
            terminating,
            [.. shell.Streams.Error],
            [.. shell.Streams.Verbose.Select(record => record.Message)],
            [.. shell.Streams.Warning.Select(record => record.Message)],
            [.. shell.Streams.Information],
            [.. shell.Streams.Progress]);
    }

    /// <summary>Prepares a script for a test that starts and stops it.</summary>
    public System.Management.Automation.PowerShell Start(string script, params (string Name, object? Value)[] variables)
    {
        foreach ((string name, object? value) in variables)
            _runspace.SessionStateProxy.SetVariable(name, value);

        var shell = System.Management.Automation.PowerShell.Create(_runspace);
        return shell.AddScript(script);
    }

    /// <inheritdoc/>
    public void Dispose() => _runspace.Dispose();
}
