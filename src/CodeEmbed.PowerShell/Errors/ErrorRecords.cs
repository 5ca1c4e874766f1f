using System.Management.Automation;
using CodeEmbed.Errors;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.PowerShell.Objects;

namespace CodeEmbed.PowerShell.Errors;

/// <summary>The errors that users see: for each its stable id, its category, what it is about, and what to do.</summary>
internal static class ErrorRecords
{
    /// <summary>The record for an exception of the library.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="skipSwitch">
    ///   A cmdlet and its switch with which such an error does not end the pipeline, if there is one.
    /// </param>
    public static ErrorRecord From(CodeEmbedException error, string? skipSwitch = null)
    {
        string skip = skipSwitch is null ? string.Empty : $", or leave such records out with {skipSwitch}";
        return error switch
        {
            InvalidInputException e => Make(
                e,
                e.ErrorId,
                ErrorCategory.InvalidData,
                e.Place,
                skipSwitch is null ? "Do what the message says." : $"Correct the line{skip}."),
            SnippetValidationException { Field: "" } e =>
                Make(e, e.ErrorId, ErrorCategory.InvalidType, e.Place, $"Do what the message says{skip}."),
            SnippetValidationException { Field: RecordSchema.Vector, Place: not null } e => Make(
                e,
                e.ErrorId,
                ErrorCategory.InvalidData,
                e.Place,
                $"Give the record a valid 'vector'{skip}. Records without one are snippets: Import-CodeSnippet reads them, and "
                + "ConvertTo-CodeEmbedding embeds them."),
            SnippetValidationException e => Make(
                e,
                e.ErrorId,
                ErrorCategory.InvalidData,
                (object?)e.Place ?? e.SnippetId,
                $"Give the record a valid '{e.Field}'{skip}. Import-CodeSnippet -PropertyMap reads a data set whose "
                + "fields have other names; Get-Help ConvertTo-CodeEmbedding -Examples shows how to rename those of objects."),
            ModelLoadException e => Make(
                e,
                e.ErrorId,
                ErrorCategory.ResourceUnavailable,
                e.Model,
                "Do what the message says; 'codeembed-mini', with -Model, comes with the module and needs nothing else."),
            EmbeddingOptionException e => Make(
                e, e.ErrorId, ErrorCategory.InvalidArgument, e.Value, $"Change -{e.Option}.", $"-{e.Message}"),
            EmbeddingException e => Make(
                e,
                e.ErrorId,
                ErrorCategory.InvalidResult,
                e.SnippetIds,
                e.IsTooLong
                    ? $"Split the snippet, or embed it with -Overflow Window or Truncate{skip}."
                    : $"Leave out the snippet that the message names, or embed with a smaller -MaxLength{skip}."),
            StoreException e => Make(
                e,
                e.ErrorId,
                e.ErrorId == StoreException.WriteErrorId ? ErrorCategory.WriteError : ErrorCategory.ReadError,
                e.Store,
                "Do what the message says.",
                $"{e.Message}{Switches(e.Problem)}"),
            IndexException e => Make(
                e,
                e.ErrorId,
                ErrorCategory.InvalidData,
                e.Index,
                "Do what the message says. If it asks for a model, -Model names it."),
            ShardException e => Make(e, e.ErrorId, ErrorCategory.InvalidData, e.File, "Do what the message says."),
            _ => throw new ArgumentOutOfRangeException(nameof(error), error, null),
        };
    }

    /// <summary>How to continue a run that left a partial file.</summary>
    public const string HowToResume = "The same command with -Resume continues it.";

    /// <summary>Whether -Resume can continue a run that ended with an error.</summary>
    public static bool MayBeResumed(Exception error) => error is not OutputException
    {
        Problem: OutputProblem.MadeOtherwise or OutputProblem.NotResumable or OutputProblem.NotComparable
    };

    /// <summary>A file cannot be read.</summary>
    public static ErrorRecord FileRead(Exception error, string path) => Make(
        error,
        "FileReadError",
        ErrorCategory.ReadError,
        path,
        "Check that the file exists and that you may read it.",
        $"Cannot read '{path}': {error.Message}");

    /// <summary>A file cannot be written.</summary>
    /// <param name="error">Why.</param>
    /// <param name="path">The file.</param>
    /// <param name="isResumable">Whether the cmdlet has -Resume.</param>
    public static ErrorRecord FileWrite(Exception error, string path, bool isResumable = true)
    {
        // Errors of the library say what to do; the others are the system's errors about files.
        (string advice, string action) = error is OutputException { Problem: var problem }
            ? (Switches(problem, isResumable), "Do what the message says.")
            : (string.Empty,
                "Check that the folder exists, that you may write the file, and that the disk has room; "
                + "-Force replaces read-only files and makes folders.");
        string sentence = advice.Length > 0 ? $" {advice}" : string.Empty;
        return Make(
            error, "FileWriteError", ErrorCategory.WriteError, path, action, $"Cannot write '{path}': {error.Message}{sentence}");
    }

    /// <summary>A model is not on this machine.</summary>
    public static ErrorRecord ModelNotFound(string model) =>
        ModelNotFound(model, $"The model '{model}' is not in the Hub's cache, and does not come with the module.");

    /// <summary>The model to fetch is not the name of a model on the Hub.</summary>
    public static ErrorRecord NotOnHub(string model) => ModelNotFound(
        model,
        $"'{model}' is not the name of a model on the Hub, which is owner/name or owner/name@revision; "
        + "only some old ones have no owner.");

    /// <summary>The model to fetch comes with the module.</summary>
    public static ErrorRecord ComesWithModule(string model) =>
        ModelNotFound(
            model,
            $"The model '{model}' comes with the module, and there is nothing to fetch. Give its name to "
            + "ConvertTo-CodeEmbedding -Model.");

    /// <summary>A model is not in the Hub's cache.</summary>
    public static ErrorRecord ModelNotCached(string model) =>
        ModelNotFound(model, $"The model '{model}' is not in the Hub's cache.");

    /// <summary>An object from the pipeline has the wrong type.</summary>
    public static ErrorRecord WrongInput(object? input, Type expected, string source) => Make(
        new PSArgumentException(MessageText.OneLine(WrongObject.Describe(input, expected))),
        "ValidationError",
        ErrorCategory.InvalidType,
        input,
        $"Put {source} before it in the pipeline.");

    /// <summary>Two embeddings that cannot be compared.</summary>
    public static ErrorRecord NotComparable(string problem) => Make(
        new PSArgumentException(MessageText.OneLine($"The embeddings cannot be compared: {problem}")),
        "ValidationError",
        ErrorCategory.InvalidArgument,
        null,
        "Embed both with the same model and settings.");

    /// <summary>The same error with a sentence after its message.</summary>
    public static ErrorRecord Extend(ErrorRecord error, string sentence)
    {
        string message = MessageText.OneLine($"{error.ErrorDetails.Message.TrimEnd('.')}. {sentence}");
        error.ErrorDetails = new ErrorDetails(message) { RecommendedAction = error.ErrorDetails.RecommendedAction };
        return error;
    }

    /// <summary>The session has already loaded the module from another folder.</summary>
    public static ErrorRecord AnotherVersion(string version, string folder) => Make(
        new InvalidOperationException(
            $"CodeEmbed {version} is already loaded in this session, from '{folder}', and a session keeps its first version. "
            + "Start a new session to import another version or copy."),
        "ModuleVersionError",
        ErrorCategory.ResourceExists,
        folder,
        "Start a new session.");

    /// <summary>Which switches of the exporting cmdlets solve a problem.</summary>
    private static string Switches(OutputProblem problem, bool isResumable) => problem switch
    {
        OutputProblem.Unfinished when !isResumable => "Drop it with -Force.",
        OutputProblem.CompressedLost when !isResumable => "Run the same command again.",
        OutputProblem.Unfinished => "Continue it with -Resume, or drop it and start over with -Force.",
        OutputProblem.MadeOtherwise => "Resume it with the same settings, or drop it and start over with -Force.",
        OutputProblem.NotResumable => "Start over with -Force.",
        OutputProblem.CompressedLost => "Run the same command with -Resume.",
        OutputProblem.ResumeAndAppend => "Give either -Resume or -Append.",
        OutputProblem.Exists => "-NoClobber keeps it.",
        OutputProblem.SeveralModels => string.Empty,
        OutputProblem.NotComparable => "Write to another file, or add anyway with -AllowMixed.",
        _ => throw new ArgumentOutOfRangeException(nameof(problem), problem, null),
    };

    private static string Switches(StoreProblem problem) => problem switch
    {
        StoreProblem.NoTable => " -CreateTable makes it.",
        StoreProblem.TooLong => " Embed with -Dimensions.",
        StoreProblem.Password => " -Credential gives one, too.",
        StoreProblem.TooLongForIndex => " Leave out -CreateIndex, or embed with -Dimensions.",
        _ => string.Empty,
    };

    private static ErrorRecord ModelNotFound(string model, string message) => Make(
        new ItemNotFoundException(MessageText.OneLine(message)),
        "ModelNotFoundError",
        ErrorCategory.ObjectNotFound,
        model,
        "Get-CodeEmbeddingModel lists the installed models; Save-CodeEmbeddingModel fetches a model.");

    private static ErrorRecord Make(
        Exception error, string id, ErrorCategory category, object? target, string action, string? message = null) =>
        new(error, id, category, target)
        {
            ErrorDetails = new ErrorDetails(MessageText.OneLine(message ?? error.Message)) { RecommendedAction = action },
        };
}
