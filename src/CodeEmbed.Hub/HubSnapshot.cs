namespace CodeEmbed.Hub;

/// <summary>A model in the cache, as one commit has it.</summary>
/// <param name="Folder">The folder with its files.</param>
/// <param name="Commit">The commit.</param>
public sealed record HubSnapshot(string Folder, string Commit);
