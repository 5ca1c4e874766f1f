using System.Management.Automation;
using CodeEmbed.Errors;

namespace CodeEmbed.PowerShell.Errors;

/// <summary>The errors that users meet: for each its stable id, its category, what it is about, and what to do.</summary>
internal static class ErrorRecords
{
    /// <summary>The record of what the library throws.</summary>
    public static ErrorRecord From(CodeEmbedException error) => error switch
    {
        InvalidInputException e => Make(
            e, e.ErrorId, ErrorCategory.InvalidData, e.Place, "Mend the line, or pass over such lines with Import-CodeSnippet -SkipInvalid."),
        SnippetValidationException e => Make(
            e, e.ErrorId, ErrorCategory.InvalidData, (object?)e.Place ?? e.SnippetId, $"Give the record a valid '{e.Field}', or leave the record out."),
        ModelLoadException e => Make(
            e, e.ErrorId, ErrorCategory.ResourceUnavailable, e.Model, "Do what the message says; 'codeembed-mini', with -Model, comes with the module and needs nothing else."),
        EmbeddingException e => Make(
            e, e.ErrorId, ErrorCategory.InvalidResult, e.SnippetIds, "Leave the snippet out that the message names, pass over such snippets with ConvertTo-CodeEmbedding -SkipFailed, or embed with a smaller -MaxLength."),
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, null),
    };

    /// <summary>A file cannot be read.</summary>
    public static ErrorRecord FileRead(Exception error, string path) => Make(
        error, "FileReadError", ErrorCategory.ReadError, path, "Check that the file is there and may be read.", $"Cannot read '{path}': {error.Message}");

    /// <summary>A file cannot be written.</summary>
    public static ErrorRecord FileWrite(Exception error, string path) => Make(
        error,
        "FileWriteError",
        ErrorCategory.WriteError,
        path,
        "Do what the message says, or see that the folder is there, that the file may be written, and that the disk has room; "
        + "-Force replaces read-only files and makes folders.",
        $"Cannot write '{path}': {error.Message}");

    /// <summary>A model is not on this machine.</summary>
    public static ErrorRecord ModelNotFound(string model) => ModelNotFound(model, $"The model '{model}' is not in the Hub's cache, and does not come with the module.");

    /// <summary>What is to be fetched is no name of a model on the Hub.</summary>
    public static ErrorRecord NotOnHub(string model) => ModelNotFound(model, $"'{model}' is no name of a model on the Hub, which is owner/name or owner/name@revision; only some old ones have no owner.");

    /// <summary>What is to be fetched comes with the module.</summary>
    public static ErrorRecord ComesWithModule(string model) =>
        ModelNotFound(model, $"The model '{model}' comes with the module, and there is nothing to fetch. Give its name to ConvertTo-CodeEmbedding -Model.");

    /// <summary>A model is not in the Hub's cache.</summary>
    public static ErrorRecord ModelNotCached(string model) => ModelNotFound(model, $"The model '{model}' is not in the Hub's cache.");

    /// <summary>An object from the pipeline is of another type than it must be.</summary>
    public static ErrorRecord WrongInput(object? input, Type expected, string source) => Make(
        new PSArgumentException($"{(input is null ? "$null" : $"A {input.GetType().Name}")} came down the pipeline, and it must be a {expected.Name}, as {source} makes them."),
        "ValidationError",
        ErrorCategory.InvalidType,
        input,
        $"Put {source} before it in the pipeline.");

    /// <summary>The same error with a sentence behind its message.</summary>
    public static ErrorRecord Extend(ErrorRecord error, string sentence)
    {
        error.ErrorDetails = new ErrorDetails($"{error.ErrorDetails.Message.TrimEnd('.')}. {sentence}") { RecommendedAction = error.ErrorDetails.RecommendedAction };
        return error;
    }

    /// <summary>The session has loaded the module from another folder than it is imported from.</summary>
    public static ErrorRecord AnotherVersion(string version, string folder) => Make(
        new InvalidOperationException(
            $"CodeEmbed {version} is loaded in this session, from '{folder}', and a session keeps the first that it loads. "
            + "Start a new session to import another version or copy."),
        "ModuleVersionError",
        ErrorCategory.ResourceExists,
        folder,
        "Start a new session.");

    private static ErrorRecord ModelNotFound(string model, string message) => Make(
        new ItemNotFoundException(message),
        "ModelNotFoundError",
        ErrorCategory.ObjectNotFound,
        model,
        "Get-CodeEmbeddingModel lists what is there; Save-CodeEmbeddingModel fetches a model.");

    private static ErrorRecord Make(Exception error, string id, ErrorCategory category, object? target, string action, string? message = null) =>
        new(error, id, category, target) { ErrorDetails = new ErrorDetails(MessageText.OneLine(message ?? error.Message)) { RecommendedAction = action } };
}
