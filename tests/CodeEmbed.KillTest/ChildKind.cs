namespace CodeEmbed.KillTest;

/// <summary>The program that a child process runs.</summary>
internal enum ChildKind
{
    /// <summary>
    ///   The three cmdlets, in the host with the staged module. A batch is counted when ConvertTo-CodeEmbedding returns it.
    /// </summary>
    Host,

    /// <summary>
    ///   EmbeddingPipeline, with the same classes. A batch is counted when the model starts it and when the model finishes it.
    /// </summary>
    Library,
}
