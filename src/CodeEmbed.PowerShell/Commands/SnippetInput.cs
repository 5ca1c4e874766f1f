using System.Buffers;
using System.Collections;
using System.Collections.Specialized;
using System.Globalization;
using System.Management.Automation;
using CodeEmbed.Jsonl;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Makes snippets of what comes down a pipeline: snippets, strings, and objects with the properties of a record.</summary>
/// <param name="language">The language of strings.</param>
internal sealed class SnippetInput(string language)
{
    /// <summary>What stands for the file in an error about an object of the pipeline; its number stands for the line.</summary>
    private const string Pipeline = "(pipeline)";

    private static readonly Dictionary<string, string> RecordNames =
        RecordSchema.SnippetNames.ToDictionary(entry => Fold(entry.Name), entry => entry.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>How many objects have come.</summary>
    public long Count { get; private set; }

    /// <summary>Makes a snippet of the next object.</summary>
    /// <exception cref="SnippetValidationException">The object lacks a property, or a property has the wrong type.</exception>
    public CodeSnippet Next(PSObject input)
    {
        Count++;
        return input.BaseObject switch
        {
            CodeSnippet snippet => WithPlainMetadata(snippet),
            CodeEmbedding { Snippet: { } embedded } => WithPlainMetadata(embedded),
            string text => new CodeSnippet
            {
                Id = Count.ToString(CultureInfo.InvariantCulture),
                FilePath = string.Empty,
                Language = language,
                Content = text,
            },
            IDictionary dictionary => FromRecord(dictionary.Cast<DictionaryEntry>().Select(entry => ($"{entry.Key}", (Func<object?>)(() => entry.Value))), keepAll: true),
            _ => FromRecord(input.Properties.Select(property => (property.Name, (Func<object?>)(() => property.Value))), input.BaseObject is PSCustomObject),
        };
    }

    private static CodeSnippet WithPlainMetadata(CodeSnippet snippet) =>
        snippet.IsAssigned(SnippetFields.Metadata) ? snippet.WithMetadata(PlainValues.Unwrap(snippet.Metadata) as IDictionary) : snippet;

    /// <summary>Makes the record that the object would be in a file, and reads it as from a file.</summary>
    private CodeSnippet FromRecord(IEnumerable<(string Name, Func<object?> Read)> properties, bool keepAll)
    {
        var source = new SnippetSource(Pipeline, Count);
        var record = new OrderedDictionary();
        foreach ((string name, Func<object?> read) in properties)
        {
            if (RecordNames.TryGetValue(Fold(name), out string? recordName))
                record[recordName] = Read(recordName, read, source);
            else if (keepAll && Read(name, read, source) is not SnippetSource and var plain)
                record[name] = plain; // A SnippetSource is in what Select-Object makes of a snippet, and is never written.
        }

        var json = new ArrayBufferWriter<byte>();
        json.Write("{"u8);
        foreach (DictionaryEntry entry in record)
        {
            if (json.WrittenCount > 1)
                json.Write(","u8);

            WriteProperty(json, (string)entry.Key, entry.Value, source);
        }

        json.Write("}"u8);
        return SnippetRecordParser.Parse(json.WrittenMemory, new RecordPlace(source));
    }

    /// <summary>Reads a property, which may be a script of the user's.</summary>
    private static object? Read(string name, Func<object?> read, SnippetSource source)
    {
        try
        {
            return PlainValues.Unwrap(read());
        }
        catch (GetValueException e)
        {
            throw new SnippetValidationException(name, $"cannot be read: {e.Message}", source, null);
        }
    }

    private static void WriteProperty(ArrayBufferWriter<byte> json, string name, object? value, SnippetSource source)
    {
        try
        {
            JsonStrings.Write(json, name);
            json.Write(":"u8);
            PlainValueWriter.Write(json, value);
        }
        catch (NotSupportedException e)
        {
            throw new SnippetValidationException(name, $"holds {e.Message}, which cannot be written as JSON", source, null);
        }
    }

    /// <summary>A name without what tells snake_case from PascalCase.</summary>
    private static string Fold(string name) => name.Replace("_", string.Empty, StringComparison.Ordinal);
}
