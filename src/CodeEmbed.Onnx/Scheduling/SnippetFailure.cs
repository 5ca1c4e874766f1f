using CodeEmbed.Errors;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tokenizers;
using CodeEmbed.Runs;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Scheduling;

/// <summary>
///   Determines which failures are caused by a snippet, and makes outcomes of them. Any other failure is a bug in this program,
///   and ends the batch unchanged.
/// </summary>
internal static class SnippetFailure
{
    /// <summary>
    ///   Determines whether a run may have failed because of its content: it needs too much, or the model cannot compute it.
    /// </summary>
    public static bool IsOfRun(Exception failure) =>
        failure is OnnxRuntimeException or OutOfMemoryException or ModelFormatException or EmbeddingOptionException;

    /// <summary>Determines whether a run failed because memory ran out.</summary>
    public static bool IsOfMemory(Exception failure) =>
        failure is OutOfMemoryException || (failure is OnnxRuntimeException && OrtMessage.IsOutOfMemory(failure.Message));

    /// <summary>
    ///   Determines whether a failure may be caused by the text that was tokenized: a pattern takes too long, memory runs out, or
    ///   the vocabulary lacks something.
    /// </summary>
    public static bool IsOfText(Exception failure) =>
        failure is TimeoutException or OutOfMemoryException or ModelFormatException;

    /// <summary>The outcome of a snippet that lacks a required property; <see langword="null"/> for any other.</summary>
    public static Outcome<CodeEmbedding>? FindInvalid(CodeSnippet snippet)
    {
        try
        {
            SnippetValidator.Validate(snippet);
            return null;
        }
        catch (SnippetValidationException e)
        {
            return new Outcome<CodeEmbedding>(RejectedRecord.Of(snippet, e));
        }
    }

    /// <summary>The outcome of a snippet that failed.</summary>
    /// <param name="snippet">The snippet.</param>
    /// <param name="failure">How it failed.</param>
    public static Outcome<CodeEmbedding> Reject(CodeSnippet snippet, Exception failure)
    {
        string id = MessageText.Quote(snippet.Id);
        return Reject(snippet, failure, failure switch
        {
            OnnxRuntimeException error => $"{id}: {OrtMessage.Describe(error)}.",
            OutOfMemoryException => $"there is not enough memory for {id}.",
            _ => $"{id}: {failure.Message}",
        });
    }

    /// <summary>The outcome of a snippet whose vector holds a NaN or an infinity.</summary>
    /// <param name="snippet">The snippet.</param>
    /// <param name="precision">The precision that was used.</param>
    public static Outcome<CodeEmbedding> RejectVector(CodeSnippet snippet, EmbeddingPrecision precision)
    {
        string advice = precision == EmbeddingPrecision.Float16
            ? "Float16 cannot hold numbers above 65504, and the model may need larger ones. Use the precision Float32."
            : "The model's weights may be damaged.";
        return Reject(
            snippet, null, $"the vector of {MessageText.Quote(snippet.Id)} holds a NaN or an infinity. {advice}");
    }

    /// <summary>The outcome of a snippet that has no tokens.</summary>
    public static Outcome<CodeEmbedding> RejectEmpty(CodeSnippet snippet) =>
        Reject(
            snippet,
            null,
            $"{MessageText.Quote(snippet.Id)}: it has no tokens that count, and the model's tokenizer adds none.");

    /// <summary>The outcome of a snippet that is longer than the model sees, if that is an error.</summary>
    public static Outcome<CodeEmbedding> RejectLong(CodeSnippet snippet, TokenSequence tokens)
    {
        long all = (long)tokens.Ids.Length + tokens.TruncatedTokens;
        string reason = $"{MessageText.Quote(snippet.Id)}: it has {all} tokens, but the model sees {tokens.Ids.Length}.";
        return new Outcome<CodeEmbedding>(
            RejectedRecord.Of(snippet, new EmbeddingException(reason, snippet.Id) { IsTooLong = true }));
    }

    private static Outcome<CodeEmbedding> Reject(CodeSnippet snippet, Exception? failure, string reason) =>
        new(RejectedRecord.Of(snippet, new EmbeddingException(reason, snippet.Id, failure)));
}
