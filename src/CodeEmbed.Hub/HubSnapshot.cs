namespace CodeEmbed.Hub;

/// <summary>A model in the cache, as one commit has it.</summary>
/// <param name="Folder">The folder with its files.</param>
/// <param name="Commit">The commit.</param>
public sealed record HubSnapshot(string Folder, string Commit)
{
    /// <summary>
    ///   What cannot be known of the model and may change the vectors, as sentences; <see langword="null"/> where all is known.
    /// </summary>
    public string? Doubt { get; init; }
}
