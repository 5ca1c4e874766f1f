namespace CodeEmbed.HelpBuilder;

/// <summary>What a block of plain text is.</summary>
internal enum TextBlockKind
{
    /// <summary>One paragraph, which is one string.</summary>
    Paragraph,

    /// <summary>A list; each string is an item with its marker.</summary>
    List,

    /// <summary>Code; each string is a line.</summary>
    Code,
}
