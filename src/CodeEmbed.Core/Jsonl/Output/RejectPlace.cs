namespace CodeEmbed.Jsonl.Output;

/// <summary>
///   The place in a file of rejected records that a snippet gets if it is rejected later: after the records that came before it.
/// </summary>
internal sealed class RejectPlace
{
    /// <summary>How many bytes of the file come before it.</summary>
    public long Offset { get; set; }
}
