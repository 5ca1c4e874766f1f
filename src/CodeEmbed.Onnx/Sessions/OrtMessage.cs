using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>What ONNX Runtime says of a failure, made fit for a user.</summary>
internal static class OrtMessage
{
    private const int MaxLength = 200;

    /// <summary>One line without the source file, line number and function that ONNX Runtime puts before its messages.</summary>
    public static string Shorten(OnnxRuntimeException error)
    {
        string message = error.Message.ReplaceLineEndings(" ").Trim();
        int start = message.LastIndexOf(" was false. ", StringComparison.Ordinal);
        if (start >= 0)
            message = message[(start + " was false. ".Length)..];

        int code = message.IndexOf("] ", StringComparison.Ordinal);
        if (message.StartsWith("[ErrorCode:", StringComparison.Ordinal) && code >= 0)
            message = message[(code + 2)..];

        return (message.Length <= MaxLength ? message : message[..MaxLength] + "…").TrimEnd('.', ' ');
    }
}
