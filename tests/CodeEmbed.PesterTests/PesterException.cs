namespace CodeEmbed.PesterTests;

/// <summary>PowerShell or Pester did not do its work.</summary>
internal sealed class PesterException(string message) : Exception(message);
