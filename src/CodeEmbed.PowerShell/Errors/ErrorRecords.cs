using System.Management.Automation;
using CodeEmbed.Errors;
using CodeEmbed.Files;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.PowerShell.Objects;

namespace CodeEmbed.PowerShell.Errors;

/// <summary>The errors that users see: for each its stable id, its category, what it is about, and what to do.</summary>
/// <remarks>A recommended action is only given if it adds something to the message.</remarks>
internal static class ErrorRecords
{
    private const string BundledModel = "codeembed-mini";

    /// <summary>The record for an exception of the library.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="skipSwitch">
    ///   A cmdlet and its switch with which such an error does not end the pipeline, if there is one.
    /// </param>
    public static ErrorRecord From(CodeEmbedException error, string? skipSwitch = null)
    {
        string? skip = skipSwitch is null ? null : $"{skipSwitch} leaves such records out.";
        return error switch
        {
            InvalidInputException e => Make(e, e.ErrorId, ErrorCategory.InvalidData, e.Place, e.IsBinary ? null : skip),
            SnippetValidationException { Field: "" } e => Make(e, e.ErrorId, ErrorCategory.InvalidType, e.Place, skip),
            SnippetValidationException e => Make(
                e, e.ErrorId, ErrorCategory.InvalidData, (object?)e.Place ?? e.SnippetId, Join(HowToGive(e), skip)),
            ModelLoadException e => Make(
                e,
                e.ErrorId,
                ErrorCategory.ResourceUnavailable,
                e.Model,
                e.Message.Contains(BundledModel, StringComparison.Ordinal)
                    ? null
                    : $"'{BundledModel}', with -Model, comes with the module and needs nothing else."),
            EmbeddingOptionException e => Make(
                e, e.ErrorId, ErrorCategory.InvalidArgument, e.Value, action: null, $"-{e.Message}"),
            EmbeddingException e => Make(
                e,
                e.ErrorId,
                ErrorCategory.InvalidResult,
                e.SnippetIds,
                Join(
                    e.IsTooLong
                        ? "Split the snippet, or embed it with -Overflow Window or Truncate."
                        : "Leave out the snippet that the message names, or embed with a smaller -MaxLength.",
                    skip)),
            StoreException e => Make(
                e,
                e.ErrorId,
                e.ErrorId == StoreException.WriteErrorId ? ErrorCategory.WriteError : ErrorCategory.ReadError,
                e.Store,
                action: null,
                $"{e.Message}{Switches(e.Problem)}"),
            IndexException e => Make(
                e, e.ErrorId, ErrorCategory.InvalidData, e.Index, e.AsksForModel ? "-Model names the model." : null),
            ShardException e => Make(e, e.ErrorId, ErrorCategory.InvalidData, e.File, action: null),
            _ => throw new ArgumentOutOfRangeException(nameof(error), error, null),
        };
    }

    /// <summary>How to continue a run that left a partial file.</summary>
    public const string HowToResume = "The same command with -Resume continues it.";

    /// <summary>Whether -Resume can continue a run that ended with an error.</summary>
    /// <param name="error">The error.</param>
    /// <param name="isOfFile">Whether the records are those of a file, in which one that is not valid can be corrected.</param>
    public static bool MayBeResumed(Exception error, bool isOfFile) => error switch
    {
        OutputException e => e.Problem is not (OutputProblem.MadeOtherwise or OutputProblem.NotResumable
            or OutputProblem.NotComparable or OutputProblem.SeveralModels or OutputProblem.Exists),

        // The same command would make the same object again.
        SnippetValidationException or PSArgumentException => isOfFile,
        _ => true,
    };

    /// <summary>A file cannot be read.</summary>
    public static ErrorRecord FileRead(Exception error, string path) => Make(
        error,
        "FileReadError",
        ErrorCategory.ReadError,
        path,
        action: null,
        $"Cannot read '{path}': {FileError.OfReading(error, path).Problem}");

    /// <summary>The pipeline gave no path to read.</summary>
    public static ErrorRecord NoPath() => Make(
        new IOException("No path came through the pipeline, so there is nothing to read."),
        "FileReadError",
        ErrorCategory.ReadError,
        target: null,
        action: null);

    /// <summary>A file cannot be written, by a cmdlet without -Resume and -Force.</summary>
    public static ErrorRecord FileWrite(Exception error, string path) =>
        FileWrite(error, path, isResumable: false, hasForce: false);

    /// <summary>A file cannot be written, by a cmdlet with -Force.</summary>
    /// <param name="error">Why.</param>
    /// <param name="path">The file.</param>
    /// <param name="isResumable">Whether the cmdlet has -Resume.</param>
    public static ErrorRecord FileWrite(Exception error, string path, bool isResumable) =>
        FileWrite(error, path, isResumable, hasForce: true);

    /// <summary>A model is not on this machine.</summary>
    public static ErrorRecord ModelNotFound(string model) => ModelNotFound(
        model,
        $"The model '{model}' is not in the Hub's cache, and does not come with the module.",
        "Get-CodeEmbeddingModel lists the installed models; Save-CodeEmbeddingModel fetches a model.");

    /// <summary>The model to fetch is not the name of a model on the Hub.</summary>
    public static ErrorRecord NotOnHub(string model) => ModelNotFound(
        model,
        $"'{model}' is not the name of a model on the Hub, which is owner/name or owner/name@revision; "
        + "only some old ones have no owner.",
        action: null);

    /// <summary>The model to fetch comes with the module.</summary>
    public static ErrorRecord ComesWithModule(string model) => ModelNotFound(
        model,
        $"The model '{model}' comes with the module, and there is nothing to fetch. Give its name to "
        + "ConvertTo-CodeEmbedding -Model.",
        action: null);

    /// <summary>A model is not in the Hub's cache.</summary>
    public static ErrorRecord ModelNotCached(string model) => ModelNotFound(
        model, $"The model '{model}' is not in the Hub's cache.", "Get-CodeEmbeddingModel lists the installed models.");

    /// <summary>An object has the wrong type.</summary>
    public static ErrorRecord WrongInput(object? input, WantedObject wanted) => Make(
        new PSArgumentException(MessageText.OneLine(WrongObject.Describe(input, wanted))),
        "ValidationError",
        ErrorCategory.InvalidType,
        input,
        action: null);

    /// <summary>A question has no words.</summary>
    public static ErrorRecord EmptyQuestion(object? question) => Make(
        new PSArgumentException("The question is empty. Ask with at least one word."),
        "ValidationError",
        ErrorCategory.InvalidData,
        question,
        action: null);

    /// <summary>Two embeddings, of which one cannot be compared with any other.</summary>
    public static ErrorRecord NoVector(string problem) => NotComparable(problem, action: null);

    /// <summary>Two embeddings that cannot be compared with each other.</summary>
    public static ErrorRecord NotComparable(string problem) =>
        NotComparable(problem, "Embed both with the same model and settings.");

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
        action: null);

    private static ErrorRecord FileWrite(Exception error, string path, bool isResumable, bool hasForce)
    {
        FileError described = FileError.OfWriting(error, path);
        string? advice = error is OutputException e ? Switches(e.Problem, isResumable) : null;
        string? action = described.Kind switch
        {
            FileErrorKind.Missing when hasForce => "-Force makes the folders that are missing.",
            FileErrorKind.Denied => "Check that you may write the file and into its folder"
                + (hasForce ? "; -Force replaces read-only files." : "."),
            FileErrorKind.DiskFull => "Free some space, or write to another disk.",
            _ => null,
        };
        string message = $"Cannot write '{path}': {described.Problem}";
        return Make(error, "FileWriteError", ErrorCategory.WriteError, path, action, Join(message, advice));
    }

    /// <summary>Where a field that is missing may come from; <see langword="null"/> for one that is wrong.</summary>
    private static string? HowToGive(SnippetValidationException error) => error switch
    {
        { IsMissing: false } => null,
        { Place: null } or { Place.File: PipelinePlace.File } =>
            "Get-Help ConvertTo-CodeEmbedding -Examples shows how to rename the properties of objects.",
        { Field: RecordSchema.Vector } =>
            "Records without a vector are snippets: Import-CodeSnippet reads them, and ConvertTo-CodeEmbedding embeds them.",
        _ when RecordSchema.SnippetNames.Any(entry => entry.Name == error.Field) =>
            "Import-CodeSnippet -PropertyMap reads a data set whose fields have other names.",
        _ => null,
    };

    private static string? Join(string? first, string? second) =>
        string.IsNullOrEmpty(first) ? second : string.IsNullOrEmpty(second) ? first : $"{first} {second}";

    private static ErrorRecord NotComparable(string problem, string? action) => Make(
        new PSArgumentException(MessageText.OneLine($"The embeddings cannot be compared: {problem}")),
        "ValidationError",
        ErrorCategory.InvalidArgument,
        null,
        action);

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

    private static ErrorRecord ModelNotFound(string model, string message, string? action) => Make(
        new ItemNotFoundException(MessageText.OneLine(message)),
        "ModelNotFoundError",
        ErrorCategory.ObjectNotFound,
        model,
        action);

    /// <param name="error">The exception.</param>
    /// <param name="id">The error's stable id.</param>
    /// <param name="category">Its category.</param>
    /// <param name="target">What it is about.</param>
    /// <param name="action">What to do, if the message does not say it; otherwise <see langword="null"/>.</param>
    /// <param name="message">The message, if it is not the exception's.</param>
    private static ErrorRecord Make(
        Exception error, string id, ErrorCategory category, object? target, string? action, string? message = null) =>
        new(error, id, category, target)
        {
            ErrorDetails = new ErrorDetails(MessageText.OneLine(message ?? error.Message)) { RecommendedAction = action },
        };
}
