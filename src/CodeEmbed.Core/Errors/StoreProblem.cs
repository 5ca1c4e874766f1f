namespace CodeEmbed;

/// <summary>Why a table cannot be written or read; with all but <see cref="Other"/>, another option helps.</summary>
public enum StoreProblem
{
    /// <summary>Another reason, which the message says.</summary>
    Other,

    /// <summary>The table does not exist, and the options do not say to make it.</summary>
    NoTable,

    /// <summary>The vectors are longer than a table takes.</summary>
    TooLong,

    /// <summary>The vectors are longer than an index takes.</summary>
    TooLongForIndex,

    /// <summary>The server refuses the password, or requires one and none is given.</summary>
    Password,
}
