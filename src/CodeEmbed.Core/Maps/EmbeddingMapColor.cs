namespace CodeEmbed.Maps;

/// <summary>What decides the colour of a point of a map.</summary>
public enum EmbeddingMapColor
{
    /// <summary>The snippet's language.</summary>
    Language = 0,

    /// <summary>
    ///   The first folder of the snippet's path in which the paths of the map differ; large folders are split into those in them.
    /// </summary>
    Folder = 1,
}
