namespace CodeEmbed;

/// <summary>The structure of a source file.</summary>
/// <param name="Blocks">The outermost blocks, in the order of the text. They do not overlap.</param>
/// <param name="IsBroken">Whether the file has places that the language's grammar does not allow.</param>
public sealed record SourceOutline(IReadOnlyList<SourceBlock> Blocks, bool IsBroken);
