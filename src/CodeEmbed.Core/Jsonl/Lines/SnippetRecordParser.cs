using System.Text.Json;
using System.Text.Unicode;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Lines;

/// <summary>Turns a line of JSON into a snippet.</summary>
internal static class SnippetRecordParser
{
    /// <summary>Parses a record; the snippet keeps the line.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="place">Where the line is.</param>
    /// <exception cref="InvalidInputException">The line is not a JSON object.</exception>
    /// <exception cref="SnippetValidationException">A field is missing or has the wrong type.</exception>
    public static CodeSnippet Parse(ReadOnlyMemory<byte> line, RecordPlace place) =>
        Parse(line, place, contentMayBeLeftOut: false);

    /// <summary>Parses a record, which may have the digest of the content instead of the content.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="place">Where the line is.</param>
    /// <exception cref="InvalidInputException">The line is not a JSON object.</exception>
    /// <exception cref="SnippetValidationException">A field is missing or has the wrong type.</exception>
    public static CodeSnippet ParseEmbedded(ReadOnlyMemory<byte> line, RecordPlace place) =>
        Parse(line, place, contentMayBeLeftOut: true);

    /// <summary>A value's type, for an error about it.</summary>
    public static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };

    /// <summary>What is wrong with a value that should be a string, to follow its field's name.</summary>
    public static string DescribeNoString(JsonTokenType type) => $"is {Describe(type)}, and must be a string";

    /// <summary>Checks that a record is UTF-8, before it is parsed.</summary>
    /// <exception cref="InvalidInputException">It is not.</exception>
    public static void RequireUtf8(ReadOnlySpan<byte> record, RecordPlace place)
    {
        if (!Utf8.IsValid(record))
        {
            string unit = JsonProblem.Unit(place.Source);
            throw IsBinary(record)
                ? new InvalidInputException(place.Source, $"the {unit} is binary data, and must be UTF-8.") { IsBinary = true }
                : new InvalidInputException(place.Source, $"the {unit} is not valid UTF-8. Save the file as UTF-8.");
        }
    }

    /// <summary>
    ///   Whether bytes that are not UTF-8 are not text in an 8-bit encoding either, which has no control characters.
    /// </summary>
    private static bool IsBinary(ReadOnlySpan<byte> record) =>
        record.ContainsAnyInRange((byte)0, (byte)8) || record.ContainsAnyInRange((byte)14, (byte)31);

    /// <summary>Reads the brace that a record starts with.</summary>
    /// <exception cref="InvalidInputException">The record is JSON, but not an object.</exception>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static void ReadStart(ref Utf8JsonReader reader, SnippetSource source)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new InvalidInputException(source, DescribeNoObject(ref reader, source));
    }

    /// <summary>Where the string that a reader is at is in its text, with the quotes.</summary>
    public static Range TokenRange(in Utf8JsonReader reader) =>
        (int)reader.TokenStartIndex..((int)reader.TokenStartIndex + reader.ValueSpan.Length + 2);

    private static CodeSnippet Parse(ReadOnlyMemory<byte> line, RecordPlace place, bool contentMayBeLeftOut)
    {
        RequireUtf8(line.Span, place);
        try
        {
            return Read(line, place, contentMayBeLeftOut);
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(place.Source, JsonProblem.Describe(line.Span, e, place.Source), e);
        }
    }

    private static CodeSnippet Read(ReadOnlyMemory<byte> line, RecordPlace place, bool contentMayBeLeftOut)
    {
        SnippetSource source = place.Source;
        var reader = new Utf8JsonReader(line.Span, new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
        ReadStart(ref reader, source);
        var properties = new List<RawProperty>(8);
        var values = default(SnippetValues);
        var found = SnippetFields.None;
        var problems = new Dictionary<SnippetFields, string>();
        bool afterVector = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            SnippetFields field = RecordSchema.Identify(in reader, ref afterVector);
            Range name = TokenRange(in reader);
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            found |= field;

            if ((field & RecordSchema.Required) != 0)
            {
                // Reported only once the whole line is known to be JSON, which comes first; and if a name occurs twice, the
                // last value counts.
                if (CheckType(in reader) is { } problem)
                    problems[field] = problem;
                else
                    problems.Remove(field);
            }

            // An optional property of another type is kept as it is in the record, and is null on the snippet.
            if ((field & RecordSchema.Strings) != 0)
                values.Set(field, reader.TokenType == JsonTokenType.String ? JsonStrings.Read(in reader) : null);

            reader.Skip();
            if (field != SnippetFields.Output)
                properties.Add(new RawProperty(field, name, start..(int)reader.BytesConsumed));
        }

        // Reads to the end, so that anything after the object is an error.
        reader.Read();
        foreach ((SnippetFields field, string problem) in problems)
            throw new SnippetValidationException(RecordSchema.NameOf(field), problem, source, values.Id);

        if (contentMayBeLeftOut && (found & SnippetFields.ContentDigest) != 0)
            found |= SnippetFields.Content;

        CheckRequired(found, values, source);
        return new CodeSnippet(
            new SnippetRecord(line, properties) { HasOutputNames = (found & SnippetFields.Output) != 0 }, values, place);
    }

    /// <summary>What is wrong with the value of a required field, or <see langword="null"/>.</summary>
    private static string? CheckType(in Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String ? null : DescribeNoString(reader.TokenType);

    /// <summary>Describes a line that is JSON, but not an object.</summary>
    /// <exception cref="JsonException">The line is not JSON.</exception>
    private static string DescribeNoObject(ref Utf8JsonReader reader, SnippetSource source)
    {
        JsonTokenType type = reader.TokenType;
        reader.Skip();
        reader.Read();
        string advice = type == JsonTokenType.StartArray && source.Element is null
            ? " Write each element of the array on its own line, without brackets and commas."
            : string.Empty;
        return $"a record must be a JSON object, and this is {Describe(type)}.{advice}";
    }

    private static void CheckRequired(SnippetFields found, in SnippetValues values, SnippetSource source)
    {
        foreach ((SnippetFields field, string name) in RecordSchema.SnippetNames)
        {
            if ((RecordSchema.Required & field & ~found) != 0)
                throw new SnippetValidationException(name, SnippetValidationException.Missing, source, values.Id);
        }

        if (values.Id!.Length == 0)
            throw new SnippetValidationException(RecordSchema.NameOf(SnippetFields.Id), "is empty", source, null);
    }
}
