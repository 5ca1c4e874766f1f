using CodeEmbed.Errors;

namespace CodeEmbed;

/// <summary>The model failed on a batch.</summary>
public sealed class EmbeddingException : CodeEmbedException
{
    /// <summary>A batch of the default size is named whole.</summary>
    private const int MostNamed = 16;

    /// <summary>Makes an exception that names the batch.</summary>
    /// <param name="reason">Why it failed, as a sentence.</param>
    /// <param name="snippetIds">The ids of the snippets in the batch.</param>
    /// <param name="batchNumber">The number of the batch; the first is 1. 0 where batches are not counted.</param>
    /// <param name="innerException">What led to it.</param>
    public EmbeddingException(string reason, IReadOnlyList<string> snippetIds, int batchNumber = 0, Exception? innerException = null)
        : base($"{Describe(batchNumber, snippetIds)} cannot be embedded: {reason}", innerException)
    {
        Reason = reason;
        SnippetIds = snippetIds;
        BatchNumber = batchNumber;
    }

    /// <inheritdoc/>
    public override string ErrorId => "EmbeddingError";

    /// <summary>Why it failed.</summary>
    public string Reason { get; }

    /// <summary>The ids of the snippets in the batch.</summary>
    public IReadOnlyList<string> SnippetIds { get; }

    /// <summary>The number of the batch; the first is 1. 0 where batches are not counted.</summary>
    public int BatchNumber { get; }

    private static string Describe(int batchNumber, IReadOnlyList<string> snippetIds) => (batchNumber, snippetIds) switch
    {
        (0, [var id]) => $"The snippet with the id {MessageText.Shorten(id)}",
        (0, _) => $"A batch with the ids {List(snippetIds)}",
        _ => $"Batch {batchNumber} with the ids {List(snippetIds)}",
    };

    private static string List(IReadOnlyList<string> ids)
    {
        string first = string.Join(", ", ids.Take(MostNamed).Select(MessageText.Shorten));
        return ids.Count > MostNamed ? $"{first} and {ids.Count - MostNamed} more" : first;
    }
}
