namespace CodeEmbed;

/// <summary>
///   Shards cannot be merged: one is missing, given twice or from another run, or its file was changed.
/// </summary>
public sealed class ShardException : CodeEmbedException
{
    /// <summary>Makes an exception that names the file.</summary>
    /// <param name="file">The file of embeddings that is wrong; if a shard is missing, the file of another one.</param>
    /// <param name="problem">What is wrong and what to do, as sentences.</param>
    /// <param name="innerException">The cause.</param>
    public ShardException(string file, string problem, Exception? innerException = null)
        : base(problem, innerException) => File = file;

    /// <inheritdoc/>
    public override string ErrorId => "ShardError";

    /// <summary>The file of embeddings.</summary>
    public string File { get; }
}
