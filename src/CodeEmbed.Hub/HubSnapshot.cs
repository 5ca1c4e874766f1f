namespace CodeEmbed.Hub;

/// <summary>A model in the cache at one commit.</summary>
/// <param name="Folder">The folder with its files.</param>
/// <param name="Commit">The commit.</param>
public sealed record HubSnapshot(string Folder, string Commit)
{
    /// <summary>
    ///   What is not known about the model and may change the vectors, as sentences; <see langword="null"/> if all is known.
    /// </summary>
    public string? Doubt { get; init; }
}
