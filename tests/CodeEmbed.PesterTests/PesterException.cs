namespace CodeEmbed.PesterTests;

/// <summary>A test failed, or PowerShell or Pester did not work.</summary>
internal sealed class PesterException(string message) : Exception(message);
