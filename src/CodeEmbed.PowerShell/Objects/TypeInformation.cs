using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>
///   What PowerShell is to know of the classes: how deep an embedding is serialized, and which properties are shown of it.
/// </summary>
/// <remarks>
///   It is told when a session first makes such objects, while the model is loaded: that takes some tens of milliseconds. A types file
///   of the module would be read at every import, and would make an import longer by some 8 %.
/// </remarks>
internal static class TypeInformation
{
    // At the depth of jobs and remoting, which is 1, the snippet in an embedding would arrive as its id alone.
    private const string Update = """
        $silent = @{ Force = $true; WhatIf = $false; Confirm = $false; ErrorAction = 'Stop'; Verbose = $false }
        Microsoft.PowerShell.Utility\Update-TypeData -TypeName CodeEmbed.CodeEmbedding -SerializationDepth 2 `
            -DefaultDisplayPropertySet Id, Language, FilePath, Tokens, Dimensions, Model @silent
        Microsoft.PowerShell.Utility\Update-TypeData -TypeName CodeEmbed.CodeSnippet `
            -DefaultDisplayPropertySet Id, Language, FilePath @silent
        """;

    private static readonly ConditionalWeakTable<Runspace, object> Told = [];

    /// <summary>Tells the session of a cmdlet, unless that was done.</summary>
    /// <param name="cmdlet">The cmdlet.</param>
    public static void Tell(PSCmdlet cmdlet)
    {
        if (Runspace.DefaultRunspace is not { } session || !Told.TryAdd(session, cmdlet.MyInvocation.MyCommand.Name))
            return;

        // A host may be without this cmdlet.
        if (cmdlet.InvokeCommand.GetCommand(@"Microsoft.PowerShell.Utility\Update-TypeData", CommandTypes.Cmdlet) is not null)
            cmdlet.InvokeCommand.InvokeScript(Update);
    }
}
