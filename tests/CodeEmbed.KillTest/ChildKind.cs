namespace CodeEmbed.KillTest;

/// <summary>What a child process runs.</summary>
internal enum ChildKind
{
    /// <summary>
    ///   The three cmdlets, in the host with the staged module. A batch is counted when it comes out of ConvertTo-CodeEmbedding.
    /// </summary>
    Host,

    /// <summary>
    ///   EmbeddingPipeline, over the same classes. A batch is counted when the model begins with it, and when it is done with it.
    /// </summary>
    Library,
}
