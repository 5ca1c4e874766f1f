namespace CodeEmbed.HelpBuilder;

/// <summary>A block of plain text.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Lines">Its text, in the form for its kind.</param>
/// <param name="Line">Where its text begins in its page, counted from 1.</param>
internal sealed record TextBlock(TextBlockKind Kind, IReadOnlyList<string> Lines, int Line);
