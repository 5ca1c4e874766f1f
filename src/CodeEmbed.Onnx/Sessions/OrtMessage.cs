using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>Converts ONNX Runtime's error messages to text for the user. The exception keeps the original message.</summary>
internal static partial class OrtMessage
{
    // Room for the reason and the paths of a few files. Longer messages keep both ends, because the reason is often last.
    private const int MaxLength = 1000;

    /// <summary>Describes, as text after a colon, what went wrong.</summary>
    public static string Describe(OnnxRuntimeException error) => Describe(error.Message);

    /// <summary>Determines whether a message says that memory ran out.</summary>
    /// <param name="message">The native message.</param>
    public static bool IsOutOfMemory(string message) => OutOfMemory().IsMatch(message);

    /// <summary>Describes, as text after a colon, what went wrong.</summary>
    /// <param name="message">The native message.</param>
    public static string Describe(string message)
    {
        if (IsOutOfMemory(message))
            return "there is not enough memory";

        string text = SourcePlace().Replace(ErrorCode().Replace(message.ReplaceLineEndings(" "), string.Empty), " ");
        string[] marks = ["Status Message:", " was false.", "Exception during initialization:"];
        foreach (string mark in marks)
        {
            int start = text.LastIndexOf(mark, StringComparison.Ordinal);
            if (start >= 0)
                text = text[(start + mark.Length)..];
        }

        text = Blanks().Replace(text, " ").Trim();
        text = text.Length <= MaxLength ? text : $"{text[..(MaxLength / 2)]}…{text[^(MaxLength / 2)..]}";
        return $"ONNX Runtime says '{text.TrimEnd('.', ' ')}'";
    }

    [GeneratedRegex(@"std::bad_alloc|[Ff]ailed to allocate memory|out of memory|_ALLOC_FAILED", RegexOptions.CultureInvariant)]
    private static partial Regex OutOfMemory();

    [GeneratedRegex(@"^\[ErrorCode:\w+\] ", RegexOptions.CultureInvariant)]
    private static partial Regex ErrorCode();

    /// <summary>A source file with a line number, and the signature of a function, up to the end of its parameters.</summary>
    [GeneratedRegex(@"\S+\.(cc|cpp|cu|h|hpp):\d+ .*?\)( const)?( \[with [^\]]*\])?(?=\s|$)", RegexOptions.CultureInvariant)]
    private static partial Regex SourcePlace();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();
}
