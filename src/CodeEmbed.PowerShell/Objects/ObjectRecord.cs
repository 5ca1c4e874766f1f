using System.Buffers;
using System.Management.Automation;
using CodeEmbed.Errors;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>An object's properties, or a dictionary's entries, by the names that they have in a record.</summary>
internal sealed class ObjectRecord
{
    /// <summary>The largest number of names of properties in a message.</summary>
    private const int MostNames = 8;

    private readonly List<(string Name, string RecordName, Func<object?> Read)> _properties = [];
    private readonly Dictionary<string, int> _fields = [];

    private ObjectRecord(IEnumerable<(string Name, Func<object?> Read)> properties, bool mayBeRecord)
    {
        MayBeRecord = mayBeRecord;
        foreach ((string name, Func<object?> read) in properties)
            Add(name, read);
    }

    /// <summary>
    ///   Whether it is of a kind that records are made from, so that an error can name the property that it lacks.
    /// </summary>
    public bool MayBeRecord { get; }

    /// <summary>The record of an object.</summary>
    /// <param name="input">The object.</param>
    /// <param name="value">The same without PowerShell's wrapping.</param>
    public static ObjectRecord Of(PSObject input, object value) => PlainValues.Entries(value) is { } entries
        ? new ObjectRecord(entries.Select(entry => (entry.Name, (Func<object?>)(() => entry.Value))), mayBeRecord: true)
        : Of(input.Properties.Where(property => !RecordProperties.IsOfTransport(property)), input.BaseObject is PSCustomObject);

    /// <summary>The record of some properties.</summary>
    /// <param name="properties">The properties.</param>
    /// <param name="mayBeRecord">Whether it is of a kind that records are made from.</param>
    public static ObjectRecord Of(IEnumerable<PSPropertyInfo> properties, bool mayBeRecord) =>
        new(properties.Select(property => (property.Name, (Func<object?>)(() => property.Value))), mayBeRecord);

    /// <summary>Whether the record has a field.</summary>
    public bool Has(string recordName) => _fields.ContainsKey(recordName);

    /// <summary>Makes a snippet from it.</summary>
    /// <param name="language">The language if it has none, or <see langword="null"/>.</param>
    /// <param name="place">Its place, for an error.</param>
    /// <param name="contentMayBeLeftOut">Whether the digest may replace the content.</param>
    /// <exception cref="SnippetValidationException">It is not a valid record.</exception>
    public CodeSnippet ToSnippet(string? language, SnippetSource place, bool contentMayBeLeftOut = false)
    {
        string languageName = RecordSchema.NameOf(SnippetFields.Language);
        Require(language is null, contentMayBeLeftOut, place);
        var json = new ArrayBufferWriter<byte>();
        json.Write("{"u8);
        foreach ((_, string recordName, Func<object?> read) in _properties)
        {
            object? plain = RecordValues.Read(recordName, read, place);
            if (plain is SnippetSource)
                continue; // Select-Object copies it from a snippet, and it is not part of a record.

            if (plain is null && recordName == languageName)
                plain = language ?? string.Empty;

            ChangedRecord.WriteProperty(json, recordName, plain, place);
        }

        if (!Has(languageName) && language is not null)
            ChangedRecord.WriteProperty(json, languageName, language, place);

        json.Write("}"u8);
        return contentMayBeLeftOut
            ? SnippetRecordParser.ParseEmbedded(json.WrittenMemory, new RecordPlace(place))
            : SnippetRecordParser.Parse(json.WrittenMemory, new RecordPlace(place));
    }

    /// <summary>
    ///   Adds a property; if several are one field, the name that fits best counts, and the others stay ordinary properties.
    /// </summary>
    private void Add(string name, Func<object?> read)
    {
        string? field = RecordNames.Find(name);
        if (field is not null && _fields.TryGetValue(field, out int index))
        {
            if (RecordNames.Rank(name, field) >= RecordNames.Rank(_properties[index].Name, field))
                field = null;
            else
                _properties[index] = _properties[index] with { RecordName = _properties[index].Name };
        }

        if (field is not null)
            _fields[field] = _properties.Count;

        _properties.Add((name, field ?? name, read));
    }

    /// <summary>Reports what is missing, and what there is instead: rows of data sets have other names.</summary>
    private void Require(bool languageIsRequired, bool contentMayBeLeftOut, SnippetSource place)
    {
        foreach ((SnippetFields field, string name) in RecordSchema.SnippetNames)
        {
            bool isRequired = field switch
            {
                SnippetFields.Language => languageIsRequired,
                SnippetFields.Content => !contentMayBeLeftOut,
                _ => (RecordSchema.Required & field) != 0,
            };
            if (!isRequired || Has(name))
                continue;

            IEnumerable<string> others = _properties
                .Where(property => !_fields.ContainsKey(property.RecordName))
                .Select(property => MessageText.Shorten(property.Name))
                .Take(MostNames);
            string names = string.Join(", ", others);
            string advice = field switch
            {
                SnippetFields.Language => " -Language gives one to objects without it",
                _ when names.Length > 0 => $" The object has {names}: if one of them is meant, name it with "
                    + $"Select-Object *, @{{ n = '{name}'; e = 'NAME' }}",
                _ => string.Empty,
            };
            string problem = SnippetValidationException.Missing + (advice.Length > 0 ? $".{advice}" : string.Empty);
            throw new SnippetValidationException(name, problem, place, null) { IsMissing = true };
        }
    }
}
