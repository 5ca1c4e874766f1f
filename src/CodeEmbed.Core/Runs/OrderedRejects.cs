using CodeEmbed.Jsonl;
using CodeEmbed.Pipeline;

namespace CodeEmbed.Runs;

/// <summary>
///   Puts the snippets that a batcher refuses into a file of refused records, in the order of the input, between those that the reading has
///   refused.
/// </summary>
/// <param name="file">The file.</param>
public sealed class OrderedRejects(JsonlRejectWriter file)
{
    private readonly Queue<RejectPlace> _places = new();
    private long _settled;

    /// <summary>The file.</summary>
    public JsonlRejectWriter File { get; } = file;

    /// <summary>Takes note that a snippet comes. To be called before it is given to the batcher.</summary>
    public void Expect() => _places.Enqueue(File.Keep());

    /// <summary>Writes what a batch refused, once it is ready.</summary>
    /// <param name="batch">The batch.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Settle(EmbeddedBatch batch)
    {
        int next = 0;
        for (int left = batch.Embeddings.Count + batch.Refused.Count; left > 0; left--)
        {
            RejectPlace place = _places.Dequeue();
            _settled++;
            if (next < batch.Refused.Count && batch.Refused[next].Number == _settled)
                File.Write(batch.Refused[next++], place);
            else
                File.Release(place);
        }
    }
}
