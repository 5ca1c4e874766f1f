using System.Management.Automation.Language;

namespace CodeEmbed.PowerShell.Completion;

/// <summary>The quotes around the text that is being completed.</summary>
internal static class CompletionText
{
    /// <summary>The text that the user has written so far, without quotes.</summary>
    public static string Unquote(string word) => word.Trim('\'', '"');

    /// <summary>A value as it is written on a command line: in quotes if it would mean something else without.</summary>
    public static string Quote(string value) => value.All(IsPlain)
        ? value
        : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";

    private static bool IsPlain(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.' or '/' or '+';
}
