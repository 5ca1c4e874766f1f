using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Output;

namespace CodeEmbed.Pipeline;

/// <summary>
///   Puts the snippets that cannot be embedded into a file of rejected records, in the order of the input, between those that the
///   reading has rejected.
/// </summary>
/// <param name="file">The file.</param>
public sealed class OrderedRejects(JsonlRejectWriter file)
{
    private readonly Queue<RejectPlace> _places = new();

    /// <summary>The file.</summary>
    public JsonlRejectWriter File { get; } = file;

    /// <summary>Reserves a place for a snippet. Call it before the snippet is given to the batcher.</summary>
    public void Expect() => _places.Enqueue(File.Keep());

    /// <summary>Writes the rejected snippets of a batch, once it is ready.</summary>
    /// <param name="batch">The batch.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Settle(EmbeddedBatch batch)
    {
        foreach (Outcome<CodeEmbedding> outcome in batch.Outcomes)
        {
            RejectPlace place = _places.Dequeue();
            if (outcome.IsRejected)
                File.Write(outcome.Rejected, place);
            else
                File.Release(place);
        }
    }
}
