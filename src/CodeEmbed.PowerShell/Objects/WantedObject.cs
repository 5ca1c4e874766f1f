namespace CodeEmbed.PowerShell.Objects;

/// <summary>The kinds of objects that cmdlets take.</summary>
internal enum WantedObject
{
    /// <summary>What can be embedded.</summary>
    Snippet,

    /// <summary>An embedding to write.</summary>
    Embedding,

    /// <summary>What can be searched for.</summary>
    Question,

    /// <summary>What can be compared.</summary>
    Vector,
}
