using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace CodeEmbed.Windows;

/// <summary>Runs a script in a runspace.</summary>
internal static class ScriptRun
{
    /// <summary>Runs the script until it ends. Its output and errors are written to the standard streams as text.</summary>
    /// <returns>0, or 1 if the script ended with an error.</returns>
    public static int Run(string path, string[] arguments)
    {
        InitialSessionState state = InitialSessionState.CreateDefault();
        state.ExecutionPolicy = ExecutionPolicy.Bypass;
        using Runspace runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        using PowerShell shell = PowerShell.Create(runspace);
        shell.AddCommand(path);
        foreach (string argument in arguments)
            shell.AddArgument(argument);

        var output = new PSDataCollection<PSObject>();
        output.DataAdded += (_, added) => Console.Out.WriteLine(output[added.Index]);
        shell.Streams.Error.DataAdded += (_, added) => Console.Error.WriteLine(shell.Streams.Error[added.Index]);
        try
        {
            shell.Invoke(null, output);
            return 0;
        }
        catch (RuntimeException e)
        {
            Console.Error.WriteLine(e.ErrorRecord);
            Console.Error.WriteLine(e.ErrorRecord.ScriptStackTrace);
            return 1;
        }
    }
}
