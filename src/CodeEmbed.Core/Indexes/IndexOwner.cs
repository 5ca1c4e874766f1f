using CodeEmbed.Numpy;
using CodeEmbed.Shards;

namespace CodeEmbed.Indexes;

/// <summary>Finds the file of embeddings that a file was written next to, as a part of it.</summary>
internal static class IndexOwner
{
    /// <summary>
    ///   The file of embeddings whose description, stamp or shard file a file is; <see langword="null"/> if it is a file of
    ///   its own.
    /// </summary>
    /// <param name="path">The file.</param>
    public static string? Of(string path) =>
        IndexModel.FindIndex(path) ?? NumpyFiles.FindStamped(path) ?? ShardFile.FindOutput(path);

    /// <summary>The same, if embeddings are wanted: the records of vectors in a <c>.npy</c> file belong to that file.</summary>
    /// <param name="path">The file.</param>
    public static string? OfEmbeddings(string path) => Of(path) ?? NumpyFiles.FindVectors(path);
}
