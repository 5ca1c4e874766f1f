using System.Collections;
using System.Text.Json;

namespace CodeEmbed.Jsonl.Records;

/// <summary>The JSON that a snippet was read from, so that it can be written as it came.</summary>
/// <param name="Utf8">The record.</param>
/// <param name="Properties">Its properties, but for those whose names the output gives anew.</param>
internal sealed record SnippetRecord(ReadOnlyMemory<byte> Utf8, IReadOnlyList<RawProperty> Properties)
{
    public static readonly SnippetRecord Empty = new(default, []);

    /// <summary>Whether it has properties whose names the output gives anew.</summary>
    public bool HasOutputNames { get; init; }

    /// <summary>The names of the properties that the output gives anew.</summary>
    public IReadOnlyList<string> ReadOutputNames()
    {
        var names = new List<string>();
        var reader = new Utf8JsonReader(Utf8.Span, new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
        reader.Read();
        bool afterVector = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (RecordSchema.Identify(in reader, ref afterVector) == SnippetFields.Output)
                names.Add(JsonStrings.Read(in reader));

            reader.Skip();
        }

        return names;
    }

    /// <summary>Tells whether the record has a property.</summary>
    public bool Has(SnippetFields field) => Properties.Any(property => property.Field == field);

    /// <summary>The metadata as plain .NET values, or <see langword="null"/> where the record has none.</summary>
    public IDictionary? ReadMetadata()
    {
        // As for every property, the last one counts where a name is there twice.
        RawProperty property = Properties.LastOrDefault(property => property.Field == SnippetFields.Metadata);
        if (property.Field == SnippetFields.None)
            return null;

        return ReadValue(property) as IDictionary;
    }

    /// <summary>The value of a property as plain .NET values.</summary>
    public object? ReadValue(RawProperty property)
    {
        Utf8JsonReader reader = ReaderOf(property.Value);
        return PlainValueReader.Read(ref reader);
    }

    /// <summary>The name of a property.</summary>
    public string ReadName(RawProperty property)
    {
        Utf8JsonReader reader = ReaderOf(property.Name);
        return JsonStrings.Read(in reader);
    }

    private Utf8JsonReader ReaderOf(Range part)
    {
        var reader = new Utf8JsonReader(Utf8.Span[part], new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
        reader.Read();
        return reader;
    }
}

/// <summary>Where a property is in its record: the name with its quotes, the value as it was written.</summary>
/// <param name="Field">What the property means, or <see cref="SnippetFields.None"/>.</param>
/// <param name="Name">The bytes of the name, quotes included.</param>
/// <param name="Value">The bytes of the value.</param>
internal readonly record struct RawProperty(SnippetFields Field, Range Name, Range Value);

/// <summary>Where a record was read.</summary>
/// <param name="Source">The file and the line.</param>
/// <param name="InputFraction">
///   How much of the whole input ends with the record, from 0 to 1; <see langword="null"/> where that is not known.
/// </param>
internal readonly record struct RecordPlace(SnippetSource Source, double? InputFraction = null);
