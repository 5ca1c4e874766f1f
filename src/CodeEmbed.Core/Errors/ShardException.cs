namespace CodeEmbed;

/// <summary>
///   Shards cannot be merged: one is missing, there twice, or of another run, or its file is not what was written.
/// </summary>
public sealed class ShardException : CodeEmbedException
{
    /// <summary>Makes an exception that names the file.</summary>
    /// <param name="file">The file of embeddings that is wrong; for a shard that is missing, one that is there.</param>
    /// <param name="problem">What is wrong and what to do, as sentences.</param>
    /// <param name="innerException">What led to it.</param>
    public ShardException(string file, string problem, Exception? innerException = null)
        : base(problem, innerException) => File = file;

    /// <inheritdoc/>
    public override string ErrorId => "ShardError";

    /// <summary>The file of embeddings.</summary>
    public string File { get; }
}
