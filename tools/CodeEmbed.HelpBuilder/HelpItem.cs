namespace CodeEmbed.HelpBuilder;

/// <summary>Something that a page names and describes: a parameter, or an input or output type.</summary>
/// <param name="Name">What is described.</param>
/// <param name="Line">Where its heading is, counted from 1.</param>
/// <param name="Text">The description.</param>
internal sealed record HelpItem(string Name, int Line, IReadOnlyList<TextBlock> Text);
