namespace CodeEmbed.Jsonl.Records;

/// <summary>Where a property is in its record: the name with its quotes, the value as it was written.</summary>
/// <param name="Field">What the property means, or <see cref="SnippetFields.None"/>.</param>
/// <param name="Name">The bytes of the name, quotes included.</param>
/// <param name="Value">The bytes of the value.</param>
internal readonly record struct RawProperty(SnippetFields Field, Range Name, Range Value);
