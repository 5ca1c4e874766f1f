using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>
///   PowerShell's type data for the classes: how deep an embedding is serialized, and which of its properties are shown.
/// </summary>
/// <remarks>
///   It is registered when a session first makes such objects, while the model is loaded: that takes some tens of milliseconds. A
///   types file of the module would be read at every import, and would make an import longer by some 8 %.
/// </remarks>
internal static class TypeInformation
{
    private const string Updates = @"Microsoft.PowerShell.Utility\Update-TypeData";

    private static readonly ConditionalWeakTable<Runspace, object> Told = [];

    /// <summary>Registers the types in a cmdlet's session, unless that was done.</summary>
    /// <param name="cmdlet">The cmdlet.</param>
    public static void Tell(PSCmdlet cmdlet)
    {
        if (Runspace.DefaultRunspace is not { } session || !Told.TryAdd(session, cmdlet.MyInvocation.MyCommand.Name))
            return;

        // A host may not have this cmdlet.
        if (cmdlet.InvokeCommand.GetCommand(Updates, CommandTypes.Cmdlet) is null)
            return;

        // At the depth of jobs and remoting, which is 1, the snippet in an embedding would arrive only as its id.
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        Update("CodeEmbed.CodeEmbedding", "Id", "Language", "FilePath", "Tokens", "Dimensions", "Model")
            .AddParameter("SerializationDepth", 2);
        shell.AddStatement();
        Update("CodeEmbed.CodeSnippet", "Id", "Language", "FilePath");
        shell.Invoke();

        System.Management.Automation.PowerShell Update(string type, params string[] shown) => shell.AddCommand(Updates)
            .AddParameter("TypeName", type)
            .AddParameter("DefaultDisplayPropertySet", shown)
            .AddParameter("Force", true)
            .AddParameter("WhatIf", false)
            .AddParameter("Confirm", false)
            .AddParameter("ErrorAction", ActionPreference.Stop);
    }
}
