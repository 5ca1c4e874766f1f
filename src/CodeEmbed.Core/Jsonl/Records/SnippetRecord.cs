using System.Collections;
using System.Text;
using System.Text.Json;

namespace CodeEmbed.Jsonl.Records;

/// <summary>The JSON that a snippet was read from, so that it can be written unchanged.</summary>
/// <param name="Utf8">
///   The record; with a map, followed by the names and values that the map gives instead.
/// </param>
/// <param name="Properties">Its properties, except those that the output writes itself.</param>
internal sealed record SnippetRecord(ReadOnlyMemory<byte> Utf8, IReadOnlyList<RawProperty> Properties)
{
    public static readonly SnippetRecord Empty = new(default, []);

    /// <summary>The record as it was read.</summary>
    public ReadOnlyMemory<byte> AsRead { get; init; } = Utf8;

    /// <summary>What its names mean, if there is a map.</summary>
    public MappedNames? Map { get; init; }

    /// <summary>Whether it has properties that the output writes itself.</summary>
    public bool HasOutputNames { get; init; }

    /// <summary>The names of the properties that the output writes itself.</summary>
    public IReadOnlyList<string> ReadOutputNames()
    {
        var names = new List<string>();
        var reader = new Utf8JsonReader(AsRead.Span, new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
        reader.Read();
        bool afterVector = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            SnippetFields field = Map is null
                ? RecordSchema.Identify(in reader, ref afterVector)
                : Map.Identify(in reader, ref afterVector);
            if (field == SnippetFields.Output)
                names.Add(JsonStrings.Read(in reader));

            reader.Skip();
        }

        return names;
    }

    /// <summary>A JSON record whose properties have no meaning.</summary>
    /// <param name="utf8">The record: an object.</param>
    public static SnippetRecord OfAnything(ReadOnlyMemory<byte> utf8)
    {
        var properties = new List<RawProperty>();
        RawProperty.Read(utf8.Span, .., properties);
        return new SnippetRecord(utf8, properties);
    }

    /// <summary>Whether the record has a property.</summary>
    public bool Has(SnippetFields field) => Properties.Any(property => property.Field == field);

    /// <summary>The metadata as plain .NET values, or <see langword="null"/> if the record has none.</summary>
    public IDictionary? ReadMetadata()
    {
        // As for every property, the last one counts if a name occurs twice.
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
internal readonly record struct RawProperty(SnippetFields Field, Range Name, Range Value)
{
    /// <summary>Finds the properties of an object, whatever they mean.</summary>
    /// <param name="json">The text that the object is in.</param>
    /// <param name="value">Where it is.</param>
    /// <param name="properties">The list that they are added to, with places in <paramref name="json"/>.</param>
    public static void Read(ReadOnlySpan<byte> json, Range value, List<RawProperty> properties)
    {
        (int offset, int length) = value.GetOffsetAndLength(json.Length);
        var reader = new Utf8JsonReader(
            json.Slice(offset, length), new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int name = offset + (int)reader.TokenStartIndex, nameLength = reader.ValueSpan.Length + 2;
            reader.Read();
            int start = offset + (int)reader.TokenStartIndex;
            reader.Skip();
            properties.Add(
                new RawProperty(SnippetFields.None, name..(name + nameLength), start..(offset + (int)reader.BytesConsumed)));
        }
    }

    /// <summary>Whether it has this name, which is given in UTF-8.</summary>
    /// <param name="json">The text that the property is in.</param>
    /// <param name="name">The name.</param>
    public bool IsCalled(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> quoted = json[Name];
        if (!quoted.Contains((byte)'\\'))
            return quoted[1..^1].SequenceEqual(name);

        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        return name.SequenceEqual(Encoding.UTF8.GetBytes(JsonStrings.Read(in reader)));
    }
}

/// <summary>Where a record was read.</summary>
/// <param name="Source">The file and the line.</param>
/// <param name="InputFraction">
///   How much of the whole input has been read once the record is, from 0 to 1; <see langword="null"/> if not known.
/// </param>
internal readonly record struct RecordPlace(SnippetSource Source, double? InputFraction = null);
