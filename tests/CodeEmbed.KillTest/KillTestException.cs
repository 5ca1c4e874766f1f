namespace CodeEmbed.KillTest;

/// <summary>A guarantee about interrupted runs is violated.</summary>
internal sealed class KillTestException(string message) : Exception(message);
