namespace CodeEmbed.Cutting;

/// <summary>A piece of a file.</summary>
/// <param name="Start">Where it begins in the text.</param>
/// <param name="End">The index after its last character.</param>
/// <param name="Tokens">How many tokens it has.</param>
internal sealed record Piece(int Start, int End, int Tokens)
{
    /// <summary>The named blocks that are in it, or the one that it is a part of.</summary>
    public IReadOnlyList<PieceName> Names { get; init; } = [];

    /// <summary>Whether it is a part of a block that was cut.</summary>
    public bool IsPart { get; init; }
}

/// <summary>The name of a block, with those of the blocks around it: <c>Stack.push</c>.</summary>
/// <param name="Kind">The kind of the block.</param>
/// <param name="Name">The name.</param>
internal sealed record PieceName(string Kind, string Name);
