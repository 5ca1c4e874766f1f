using CodeEmbed.Errors;

namespace CodeEmbed;

/// <summary>The model failed on a snippet.</summary>
public sealed class EmbeddingException : CodeEmbedException
{
    /// <summary>Makes an exception that names the snippet.</summary>
    /// <param name="reason">Why it failed, as a sentence.</param>
    /// <param name="snippetId">The id of the snippet.</param>
    /// <param name="innerException">The cause.</param>
    public EmbeddingException(string reason, string snippetId, Exception? innerException = null)
        : this(reason, snippetId, [snippetId], batchNumber: 0, innerException)
    {
    }

    private EmbeddingException(
        string reason, string snippetId, IReadOnlyList<string> snippetIds, int batchNumber, Exception? innerException)
        : base($"{Describe(snippetId, snippetIds.Count - 1, batchNumber)} cannot be embedded: {reason}", innerException)
    {
        Reason = reason;
        SnippetId = snippetId;
        SnippetIds = snippetIds;
        BatchNumber = batchNumber;
    }

    /// <inheritdoc/>
    public override string ErrorId => "EmbeddingError";

    /// <summary>Why it failed.</summary>
    public string Reason { get; }

    /// <summary>The id of the snippet that failed; the first one's if several of a batch failed.</summary>
    public string SnippetId { get; }

    /// <summary>The ids of all snippets in the batch.</summary>
    public IReadOnlyList<string> SnippetIds { get; }

    /// <summary>The number of the batch; the first is 1. 0 if batches are not counted.</summary>
    public int BatchNumber { get; }

    /// <summary>
    ///   Whether the snippet is longer than the model sees, and <see cref="EmbeddingOverflow.Error"/> was asked for.
    /// </summary>
    public bool IsTooLong { get; internal init; }

    /// <summary>The same failure, as the one that ended a batch.</summary>
    /// <param name="number">The batch's number.</param>
    /// <param name="snippetIds">The ids of its snippets.</param>
    internal EmbeddingException InBatch(int number, IReadOnlyList<string> snippetIds) =>
        new(Reason, SnippetId, snippetIds, number, InnerException) { IsTooLong = IsTooLong };

    /// <summary>Names the snippet, and says how many others there are: a batch may have thousands.</summary>
    private static string Describe(string snippetId, int others, int batchNumber)
    {
        string rest = others switch { 0 => string.Empty, 1 => " and 1 other", _ => $" and {others} others" };
        string snippet = $"the snippet {MessageText.Quote(snippetId)}{rest}";
        return batchNumber == 0 ? $"T{snippet[1..]}" : $"Batch {batchNumber} with {snippet}";
    }
}
