using System.Buffers;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Lines;

/// <summary>Makes a new snippet from a snippet and the properties that were added to it or changed.</summary>
internal static class ChangedRecord
{
    /// <summary>Makes the snippet; unchanged properties keep their raw JSON.</summary>
    /// <param name="snippet">The snippet, whose content may have been left out.</param>
    /// <param name="changes">The properties, by their names in JSON: each replaces the one of its name, or comes last.</param>
    /// <param name="place">The place to report for a snippet that was made in memory.</param>
    /// <exception cref="SnippetValidationException">The result is not a valid record.</exception>
    public static CodeSnippet Make(CodeSnippet snippet, IReadOnlyDictionary<string, object?> changes, SnippetSource place)
    {
        SnippetSource source = snippet.Source ?? place;
        ReadOnlySpan<byte> record = snippet.Record.Utf8.Span;
        var written = SnippetFields.None;
        var replaced = new HashSet<string>();
        var json = new ArrayBufferWriter<byte>();
        json.Write("{"u8);
        foreach (RawProperty property in snippet.Record.Properties)
        {
            string name = snippet.Record.ReadName(property);
            written |= property.Field;
            if (changes.TryGetValue(name, out object? changed))
            {
                if (replaced.Add(name))
                    WriteProperty(json, name, changed, source);

                continue;
            }

            if (snippet.IsAssigned(property.Field))
            {
                WriteProperty(json, name, EmbeddingRecordWriter.ValueOf(snippet, property.Field), source);
                continue;
            }

            WriteComma(json);
            json.Write(record[property.Name]);
            json.Write(":"u8);
            json.Write(record[property.Value]);
        }

        foreach ((SnippetFields field, string name) in RecordSchema.SnippetNames)
        {
            if (
                (written & field) == 0 && !changes.ContainsKey(name)
                    && EmbeddingRecordWriter.ValueOf(snippet, field) is { } value)
                WriteProperty(json, name, value, source);
        }

        foreach ((string name, object? value) in changes.Where(change => !replaced.Contains(change.Key)))
            WriteProperty(json, name, value, source);

        json.Write("}"u8);
        return SnippetRecordParser.ParseEmbedded(json.WrittenMemory, new RecordPlace(source, snippet.InputFraction));
    }

    /// <summary>Writes a property, with a comma before it if it is not the first.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value, as plain .NET values.</param>
    /// <param name="source">The place of the record, for an error about it.</param>
    /// <exception cref="SnippetValidationException">JSON has nothing for the value.</exception>
    public static void WriteProperty(ArrayBufferWriter<byte> json, string name, object? value, SnippetSource source)
    {
        try
        {
            WriteComma(json);
            JsonStrings.Write(json, name);
            json.Write(":"u8);
            PlainValueWriter.Write(json, value);
        }
        catch (NotSupportedException e)
        {
            throw new SnippetValidationException(name, $"holds {e.Message}, which cannot be written as JSON", source, null);
        }
    }

    private static void WriteComma(ArrayBufferWriter<byte> json)
    {
        if (json.WrittenCount > 1)
            json.Write(","u8);
    }
}
