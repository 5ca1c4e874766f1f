namespace CodeEmbed.Hub;

/// <summary>How far the fetching of a model is.</summary>
/// <param name="File">The file that is being fetched, as the repository names it.</param>
/// <param name="FileBytes">
///   How much of the file is there, in bytes. What an earlier try left counts from the first report on.
/// </param>
/// <param name="FileTotal">How long the file is, in bytes.</param>
/// <param name="Bytes">How much is there of all the files that were not in the cache, in bytes.</param>
/// <param name="Total">How long all these are together, in bytes; it can grow when a file names others.</param>
public readonly record struct HubProgress(string File, long FileBytes, long FileTotal, long Bytes, long Total);
