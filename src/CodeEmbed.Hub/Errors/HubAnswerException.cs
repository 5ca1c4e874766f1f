using CodeEmbed.Errors;

namespace CodeEmbed.Hub.Errors;

/// <summary>The Hub returned something that cannot be used, and trying again would not help.</summary>
/// <param name="problem">What is wrong and what to do, as sentences. Control characters are shown escaped.</param>
/// <param name="innerException">The cause.</param>
internal sealed class HubAnswerException(string problem, Exception? innerException = null)
    : Exception(MessageText.OneLine(problem), innerException);
