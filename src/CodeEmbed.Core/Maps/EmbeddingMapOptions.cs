namespace CodeEmbed.Maps;

/// <summary>How an <see cref="EmbeddingMapWriter"/> writes.</summary>
public sealed record EmbeddingMapOptions
{
    /// <summary>What decides the colours when the page is opened; the page can change it.</summary>
    public EmbeddingMapColor ColorBy { get; init; }

    /// <summary>Keeps a target that exists, also one that appears before the end.</summary>
    public bool NoClobber { get; init; }

    /// <summary>
    ///   Writes to a read-only target, which stays read-only, makes the folders that are missing, and drops what a killed run
    ///   left in the partial file.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>The adapter for Zstandard; a target whose name ends in <c>.zst</c> is not written without it.</summary>
    public IZstandard? Zstandard { get; init; }
}
