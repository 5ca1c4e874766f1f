namespace CodeEmbed.Sources.Outlines;

/// <summary>A block whose children are still to come.</summary>
/// <param name="Depth">The depth of its node.</param>
/// <param name="Kind">What it is, or <see langword="null"/>.</param>
/// <param name="Name">Its name, or <see langword="null"/>.</param>
internal sealed record OpenBlock(int Depth, string? Kind, string? Name)
{
    private readonly List<SourceBlock> _children = [];

    /// <summary>Where its comments and decorators begin.</summary>
    public int Lead { get; init; }

    /// <summary>Where it begins.</summary>
    public int Start { get; init; }

    /// <summary>The index after its last character.</summary>
    public int End { get; init; }

    /// <summary>Where its name begins.</summary>
    public int NameStart { get; init; }

    /// <summary>Adds a block that is in it.</summary>
    public void Add(SourceBlock child) => _children.Add(child);

    /// <summary>The block, once nothing more is in it.</summary>
    public SourceBlock Close() => new()
    {
        Kind = Kind,
        Name = Name,
        Lead = Lead,
        Start = Start,
        End = End,
        NameStart = NameStart,
        Children = _children,
    };
}
