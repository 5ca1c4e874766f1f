namespace CodeEmbed.HelpBuilder;

/// <summary>The kind of a block of plain text.</summary>
internal enum TextBlockKind
{
    /// <summary>A paragraph, as one string.</summary>
    Paragraph,

    /// <summary>A list; each string is an item with its marker.</summary>
    List,

    /// <summary>Code; each string is a line.</summary>
    Code,
}
