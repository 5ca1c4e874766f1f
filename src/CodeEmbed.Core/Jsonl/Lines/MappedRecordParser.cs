using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Lines;

/// <summary>Turns a record with other names into a snippet, as a map says.</summary>
internal static class MappedRecordParser
{
    private const SnippetFields OfSnippet = RecordSchema.Strings | SnippetFields.Metadata;

    /// <summary>
    ///   Parses a record. The snippet keeps it, followed by the names and values that the map gives instead.
    /// </summary>
    /// <param name="record">The record's text, which is copied.</param>
    /// <param name="place">Where the record is.</param>
    /// <param name="names">The map.</param>
    /// <param name="computed">
    ///   The values of the fields that the map computes, as plain .NET values; <see langword="null"/> while they are not known,
    ///   and then those fields are not checked.
    /// </param>
    /// <exception cref="InvalidInputException">The record is not a JSON object.</exception>
    /// <exception cref="SnippetValidationException">
    ///   A field is missing or has the wrong type, or a computed value cannot be written as JSON.
    /// </exception>
    public static CodeSnippet Parse(
        ReadOnlySpan<byte> record,
        RecordPlace place,
        MappedNames names,
        IReadOnlyList<(SnippetFields Field, object? Value)>? computed = null)
    {
        SnippetRecordParser.RequireUtf8(record, place);
        try
        {
            return new MappedRecord(record, place, names, computed).Read();
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(place.Source, JsonProblem.Describe(record, e, place.Source), e);
        }
    }

    /// <summary>One record, while it is parsed.</summary>
    private ref struct MappedRecord(
        ReadOnlySpan<byte> record,
        RecordPlace place,
        MappedNames names,
        IReadOnlyList<(SnippetFields Field, object? Value)>? computed)
    {
        private readonly ReadOnlySpan<byte> _json = record;
        private readonly List<RawProperty> _properties = new(8);
        private List<RawProperty>? _read;
        private List<(Range Value, List<RawProperty> Properties)>? _objects;
        private List<(SnippetFields Field, RawProperty Property, int Holder)>? _nested;
        private Dictionary<SnippetFields, string>? _problems;
        private ArrayBufferWriter<byte>? _added;
        private SnippetValues _values;
        private SnippetFields _found;

        public CodeSnippet Read()
        {
            ReadProperties();
            if (_read is not null)
                KeepAll(_read);

            AddOthers();
            Check();
            byte[] utf8 = new byte[AddedOffset + (_added?.WrittenCount ?? 0)];
            _json.CopyTo(utf8);
            names.Appendix.Span.CopyTo(utf8.AsSpan(_json.Length));
            _added?.WrittenSpan.CopyTo(utf8.AsSpan(AddedOffset));
            return new CodeSnippet(
                new SnippetRecord(utf8, _properties)
                {
                    AsRead = utf8.AsMemory(0, _json.Length),
                    Map = names,
                    HasOutputNames = (_found & SnippetFields.Output) != 0,
                },
                _values,
                place);
        }

        /// <summary>Where the text that is added for this record starts: after the record and the map's constants.</summary>
        private int AddedOffset => _json.Length + names.Appendix.Length;

        /// <summary>Reads the properties. If some may be moved out of others, all are read before the first is kept.</summary>
        private void ReadProperties()
        {
            _read = names.Paths.Length > 0 ? new List<RawProperty>(8) : null;
            var reader = new Utf8JsonReader(_json, new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
            SnippetRecordParser.ReadStart(ref reader, place.Source);
            bool afterVector = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                SnippetFields fields = names.Identify(in reader, ref afterVector);
                Range name = SnippetRecordParser.TokenRange(in reader);
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                if (fields != SnippetFields.None)
                    Take(fields, in reader);

                reader.Skip();
                var property = new RawProperty(fields, name, start..(int)reader.BytesConsumed);
                if (_read is not null)
                    _read.Add(property);
                else if (fields == SnippetFields.None)
                    _properties.Add(property);
                else
                    Keep(property);
            }

            // Reads to the end, so that anything after the object is an error.
            reader.Read();
        }

        /// <summary>Takes the value that a reader is at. If a name occurs twice, the last value counts.</summary>
        private void Take(SnippetFields fields, in Utf8JsonReader reader)
        {
            _found |= fields;
            for (SnippetFields rest = fields & RecordSchema.Strings; rest != 0; rest &= rest - 1)
            {
                SnippetFields field = rest & (SnippetFields)(-(int)rest);
                if (reader.TokenType == JsonTokenType.String)
                {
                    _values.Set(field, JsonStrings.Read(in reader));
                    _problems?.Remove(field);
                    continue;
                }

                bool isNumber = field == SnippetFields.Id && reader.TokenType == JsonTokenType.Number;
                string? value = isNumber ? TextOf(reader.ValueSpan) : null;
                _values.Set(field, value);
                bool mayBeOther = (field & RecordSchema.Required) == 0
                    || (field == SnippetFields.Id && reader.TokenType == JsonTokenType.Null);
                if (value is null && !mayBeOther)
                    (_problems ??= [])[field] = SnippetRecordParser.DescribeNoString(reader.TokenType);
                else
                    _problems?.Remove(field);
            }
        }

        private void KeepAll(List<RawProperty> read)
        {
            foreach ((SnippetFields field, byte[] source) in names.Paths)
            {
                if ((_found & field) == 0)
                    FindNested(read, field, source);
            }

            for (int i = 0; i < read.Count; i++)
            {
                Keep(read[i]);
                for (int j = 0; j < _nested?.Count; j++)
                {
                    if (_nested[j].Holder == i)
                        AddMapped(_nested[j].Field, _nested[j].Property.Name, _nested[j].Property.Value);
                }
            }
        }

        private void FindNested(List<RawProperty> read, SnippetFields field, ReadOnlySpan<byte> path)
        {
            for (int dot = path.LastIndexOf((byte)'.'); dot >= 0; dot = path[..dot].LastIndexOf((byte)'.'))
            {
                int holder = Last(read, path[..dot]);
                if (holder < 0 || Find(read[holder].Value, path[(dot + 1)..]) is not { } property)
                    continue;

                var reader = new Utf8JsonReader(
                    _json[property.Value], new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
                reader.Read();
                Take(field, in reader);
                (_nested ??= []).Add((field, property, holder));
                return;
            }
        }

        /// <summary>Finds a property by its name, or by a path, in a value that may be an object.</summary>
        private RawProperty? Find(Range value, ReadOnlySpan<byte> path)
        {
            if (_json[value][0] != '{')
                return null;

            List<RawProperty> properties = PropertiesOf(value);
            if (Last(properties, path) is >= 0 and var own)
                return properties[own];

            for (int dot = path.LastIndexOf((byte)'.'); dot >= 0; dot = path[..dot].LastIndexOf((byte)'.'))
            {
                int holder = Last(properties, path[..dot]);
                if (holder >= 0 && Find(properties[holder].Value, path[(dot + 1)..]) is { } found)
                    return found;
            }

            return null;
        }

        /// <summary>The properties of an object, which is read once, no matter how many paths lead through it.</summary>
        private List<RawProperty> PropertiesOf(Range value)
        {
            for (int i = 0; i < _objects?.Count; i++)
            {
                if (_objects[i].Value.Equals(value))
                    return _objects[i].Properties;
            }

            var properties = new List<RawProperty>(8);
            RawProperty.Read(_json, value, properties);
            (_objects ??= []).Add((value, properties));
            return properties;
        }

        private readonly int Last(List<RawProperty> properties, ReadOnlySpan<byte> name)
        {
            for (int i = properties.Count - 1; i >= 0; i--)
            {
                if (properties[i].IsCalled(_json, name))
                    return i;
            }

            return -1;
        }

        /// <summary>Keeps a property, under the names that it has in a snippet.</summary>
        private void Keep(RawProperty property)
        {
            if ((property.Field & OfSnippet) != 0)
                AddMapped(property.Field, property.Name, property.Value);
            else if (property.Field is SnippetFields.None or SnippetFields.ContentDigest)
                _properties.Add(property with { Value = WithoutNested(property.Value) });
        }

        private void AddMapped(SnippetFields fields, Range name, Range value)
        {
            for (SnippetFields rest = fields & OfSnippet; rest != 0; rest &= rest - 1)
            {
                SnippetFields field = rest & (SnippetFields)(-(int)rest);
                byte first = field == SnippetFields.Id ? _json[value][0] : (byte)'"';
                if (first == 'n')
                    continue; // A null id counts as missing.

                Range json = first is (byte)'-' or (>= (byte)'0' and <= (byte)'9')
                    ? Add(TextOf(_json[value]))
                    : WithoutNested(value);
                _properties.Add(
                    new RawProperty(field, (field & names.Renamed) == 0 ? name : InAppendix(names.NameOf(field)), json));
            }
        }

        /// <summary>A value without those of its properties that the map moves elsewhere, and without their commas.</summary>
        private Range WithoutNested(Range value)
        {
            (int position, int end) = (value.Start.Value, value.End.Value);
            List<Range>? moved = null;
            for (int i = 0; i < _nested?.Count; i++)
            {
                RawProperty nested = _nested[i].Property;
                if (nested.Name.Start.Value > position && nested.Value.End.Value < end)
                    (moved ??= []).Add(nested.Name.Start..nested.Value.End);
            }

            if (moved is null)
                return value;

            moved.Sort((left, right) => left.Start.Value.CompareTo(right.Start.Value));
            var kept = new List<byte>(end - position);
            foreach (Range range in moved)
            {
                if (range.Start.Value < position)
                    continue; // It is moved twice, or as a part of another one.

                kept.AddRange(_json[position..range.Start.Value]);
                ReadOnlySpan<byte> rest = _json[range.End.Value..end].TrimStart(" \t\r\n"u8);
                if (rest[0] == ',')
                {
                    rest = rest[1..].TrimStart(" \t\r\n"u8);
                }
                else
                {
                    // It was the last one of its object, and has a comma before it, unless it was the only one.
                    int length = CollectionsMarshal.AsSpan(kept).TrimEnd(" \t\r\n"u8).Length;
                    kept.RemoveRange(length, kept.Count - length);
                    if (kept[^1] == ',')
                        kept.RemoveAt(kept.Count - 1);
                }

                position = end - rest.Length;
            }

            kept.AddRange(_json[position..end]);
            int start = Added.WrittenCount;
            Added.Write(CollectionsMarshal.AsSpan(kept));
            return From(start);
        }

        /// <summary>Adds values that are not in the record: constants, computed values, and an id if it lacks one.</summary>
        private void AddOthers()
        {
            foreach ((SnippetFields field, string value, Range json) in names.Constants)
                AddOther(field, InAppendix(json), value);

            for (int i = 0; i < computed?.Count; i++)
                AddComputed(computed[i].Field, computed[i].Value);

            bool isPending = computed is null && (names.Computed & SnippetFields.Id) != 0;
            if (_values.Id is not null || isPending || _problems?.ContainsKey(SnippetFields.Id) == true)
                return;

            string file = Path.GetFileName(place.Source.File);
            string id = place.Source.Element is { } element
                ? string.Create(CultureInfo.InvariantCulture, $"{file}#{element}")
                : string.Create(CultureInfo.InvariantCulture, $"{file}:{place.Source.Line}");
            AddOther(SnippetFields.Id, Add(id), id);
        }

        private void AddOther(SnippetFields field, Range json, string? value)
        {
            _found |= field;
            _properties.Add(new RawProperty(field, InAppendix(names.NameOf(field)), json));
            if (field != SnippetFields.Metadata)
                _values.Set(field, value);
        }

        private void AddComputed(SnippetFields field, object? value)
        {
            if (value is null)
                return;

            Range json = Add(RecordSchema.NameOf(field), value);
            var reader = new Utf8JsonReader(
                Added.WrittenSpan[(json.Start.Value - AddedOffset)..],
                new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
            reader.Read();
            Take(field, in reader);
            _properties.Add(new RawProperty(field, InAppendix(names.NameOf(field)), json));
        }

        private void Check()
        {
            if (_problems?.Count > 0)
                throw Invalid(_problems.First().Key, _problems.First().Value);

            SnippetFields missing = RecordSchema.Required & ~_found & ~(computed is null ? names.Computed : SnippetFields.None);
            if (missing != SnippetFields.None)
            {
                throw Invalid(
                    RecordSchema.SnippetNames.First(entry => (entry.Field & missing) != 0).Field,
                    SnippetValidationException.Missing);
            }

            if (_values.Id is { Length: 0 })
                throw Invalid(SnippetFields.Id, "is empty");
        }

        private SnippetValidationException Invalid(SnippetFields field, string problem)
        {
            string? id = _values.Id is { Length: > 0 } own ? own : null;
            return new(RecordSchema.NameOf(field), names.Describe(field) + problem, place.Source, id);
        }

        private Range InAppendix(Range range) => (_json.Length + range.Start.Value)..(_json.Length + range.End.Value);

        private Range Add(string text)
        {
            int start = Added.WrittenCount;
            JsonStrings.Write(Added, text);
            return From(start);
        }

        private Range Add(string name, object value)
        {
            int start = Added.WrittenCount;
            try
            {
                PlainValueWriter.Write(Added, value);
            }
            catch (NotSupportedException e)
            {
                throw new SnippetValidationException(
                    name, $"holds {e.Message}, which cannot be written as JSON", place.Source, null);
            }

            return From(start);
        }

        private ArrayBufferWriter<byte> Added => _added ??= new ArrayBufferWriter<byte>();

        private Range From(int start) => (AddedOffset + start)..(AddedOffset + Added.WrittenCount);

        private static string TextOf(ReadOnlySpan<byte> number) => Encoding.ASCII.GetString(number);
    }
}
