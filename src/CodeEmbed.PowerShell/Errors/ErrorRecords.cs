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

    /// <summary>An object from the pipeline is of another type than it must be.</summary>
    public static ErrorRecord WrongInput(object input, Type expected, string source)
    {
        var error = new PSArgumentException($"A {input.GetType().Name} came down the pipeline, and it must be a {expected.Name}, as {source} makes them.");
        return new ErrorRecord(error, "ValidationError", ErrorCategory.InvalidType, input);
    }

    private static ErrorRecord File(Exception error, string id, ErrorCategory category, string path, string what) =>
        new(error, id, category, path) { ErrorDetails = new ErrorDetails($"{what}: {error.Message}") };
}
