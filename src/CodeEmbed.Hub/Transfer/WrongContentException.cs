namespace CodeEmbed.Hub.Transfer;

/// <summary>A file is not what the Hub's listing says it is.</summary>
/// <param name="message">What differs, as a sentence.</param>
internal sealed class WrongContentException(string message) : Exception(message);
