namespace CodeEmbed.Hub.Transfer;

/// <summary>A transfer ended before it was whole, or nothing came any more; the next try may continue it.</summary>
/// <param name="message">What happened, in a phrase.</param>
/// <param name="innerException">What led to it.</param>
internal sealed class TransferCutException(string message, Exception? innerException = null) : Exception(message, innerException);
