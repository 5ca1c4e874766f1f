namespace CodeEmbed.Files;

/// <summary>What a path leads to.</summary>
internal enum FileKind
{
    /// <summary>A regular file.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link that was not followed.</summary>
    Link,

    /// <summary>A device, a pipe or a socket: nothing that keeps what is written to it.</summary>
    Other,
}
