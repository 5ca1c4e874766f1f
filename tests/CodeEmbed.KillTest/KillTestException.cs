namespace CodeEmbed.KillTest;

/// <summary>Something that was promised of an interrupted run does not hold.</summary>
internal sealed class KillTestException(string message) : Exception(message);
