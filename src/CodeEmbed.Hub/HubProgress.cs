namespace CodeEmbed.Hub;

/// <summary>The progress of fetching a model.</summary>
/// <param name="File">The file that is being fetched, as the repository names it.</param>
/// <param name="FileBytes">
///   How much of the file was fetched, in bytes. The first report includes the part from an earlier try.
/// </param>
/// <param name="FileTotal">How long the file is, in bytes.</param>
/// <param name="Bytes">How much was fetched of all the files that were not in the cache, in bytes.</param>
/// <param name="Total">The total length of these files, in bytes; it can grow when a file names others.</param>
public readonly record struct HubProgress(string File, long FileBytes, long FileTotal, long Bytes, long Total);
