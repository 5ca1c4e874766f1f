namespace CodeEmbed.Files;

/// <summary>The kinds of errors about files for which a user can do something.</summary>
internal enum FileErrorKind
{
    /// <summary>Any other error.</summary>
    Other,

    /// <summary>The file, or the folder it is in, does not exist.</summary>
    Missing,

    /// <summary>The user may not read or write it.</summary>
    Denied,

    /// <summary>The disk is full, or the user's part of it.</summary>
    DiskFull,

    /// <summary>Its name or its path is longer than the system allows.</summary>
    NameTooLong,
}
