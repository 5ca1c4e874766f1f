using System.Management.Automation;

namespace EmptyModule;

/// <summary>Does nothing: a binary module cannot be smaller.</summary>
[Cmdlet(VerbsCommon.Get, "Nothing")]
public sealed class GetNothingCommand : PSCmdlet;
