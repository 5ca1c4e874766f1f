namespace CodeEmbed;

/// <summary>A part of a source file that belongs together: a function, a class, or a statement that has several lines.</summary>
/// <remarks>Positions are indexes into the file's text, in UTF-16 code units.</remarks>
public sealed class SourceBlock
{
    /// <summary>Its kind: <c>function</c>, <c>class</c>, …; <see langword="null"/> for a block without a name.</summary>
    public string? Kind { get; init; }

    /// <summary>
    ///   Its name, without the names of the blocks around it; <see langword="null"/> for a block without a name.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>Where its comments and decorators begin, if it has any; otherwise <see cref="Start"/>.</summary>
    public required int Lead { get; init; }

    /// <summary>Where it begins.</summary>
    public required int Start { get; init; }

    /// <summary>Where it ends: the index after its last character.</summary>
    public required int End { get; init; }

    /// <summary>Where its name begins; <see cref="Start"/> for a block without a name.</summary>
    public required int NameStart { get; init; }

    /// <summary>The blocks in it, in the order of the text. They do not overlap.</summary>
    public IReadOnlyList<SourceBlock> Children { get; init; } = [];
}
