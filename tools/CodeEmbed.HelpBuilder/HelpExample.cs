namespace CodeEmbed.HelpBuilder;

/// <summary>An example of a cmdlet.</summary>
/// <param name="Title">Its title, with its number.</param>
/// <param name="Code">What to type.</param>
/// <param name="Text">What it does.</param>
internal sealed record HelpExample(string Title, string Code, IReadOnlyList<TextBlock> Text);
