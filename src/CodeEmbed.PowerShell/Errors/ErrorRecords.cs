using System.Management.Automation;

namespace CodeEmbed.PowerShell.Errors;

/// <summary>The errors that users meet, each with its stable id.</summary>
internal static class ErrorRecords
{
    /// <summary>The record of what the library throws.</summary>
    public static ErrorRecord From(CodeEmbedException error) => error switch
    {
        InvalidInputException e => new ErrorRecord(e, "InvalidInputError", ErrorCategory.InvalidData, e.Place),
        SnippetValidationException e => new ErrorRecord(e, "ValidationError", ErrorCategory.InvalidData, (object?)e.Place ?? e.SnippetId),
        ModelLoadException e => new ErrorRecord(e, "ModelLoadError", ErrorCategory.ResourceUnavailable, e.Model),
        EmbeddingException e => new ErrorRecord(e, "EmbeddingError", ErrorCategory.InvalidResult, e.SnippetIds),
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, null),
    };

    /// <summary>A file cannot be read.</summary>
    public static ErrorRecord FileRead(Exception error, string path) => File(error, "FileReadError", ErrorCategory.ReadError, path, $"Cannot read '{path}'");

    /// <summary>A file cannot be written.</summary>
    public static ErrorRecord FileWrite(Exception error, string path) => File(error, "FileWriteError", ErrorCategory.WriteError, path, $"Cannot write '{path}'");

    private static ErrorRecord File(Exception error, string id, ErrorCategory category, string path, string what) =>
        new(error, id, category, path) { ErrorDetails = new ErrorDetails($"{what}: {error.Message}") };
}
