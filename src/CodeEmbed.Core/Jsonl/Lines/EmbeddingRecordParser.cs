using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Numbers;

namespace CodeEmbed.Jsonl.Lines;

/// <summary>Turns a line that <see cref="EmbeddingRecordWriter"/> wrote back into an embedding.</summary>
internal static class EmbeddingRecordParser
{
    /// <summary>Parses a record; the embedding keeps the line.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="place">Where the line is.</param>
    /// <param name="vector">Its vector if that is in a separate file; it counts instead of one in the line.</param>
    /// <exception cref="InvalidInputException">The line is not a JSON object.</exception>
    /// <exception cref="SnippetValidationException">A field is missing or has the wrong type.</exception>
    public static CodeEmbedding Parse(ReadOnlyMemory<byte> line, RecordPlace place, float[]? vector = null)
    {
        CodeSnippet snippet = SnippetRecordParser.ParseEmbedded(line, place);
        Dictionary<string, object?> values = ReadValues(line.Span, snippet);
        if (vector is not null)
        {
            values[RecordSchema.Vector] = FiniteNumbers.AreAll(vector)
                ? vector
                : throw Invalid(snippet, RecordSchema.Vector, "holds a number that is not finite");
        }

        return new CodeEmbedding
        {
            Snippet = snippet,
            Vector = Get<float[]>(RecordSchema.Vector, "an array of numbers or a Base64 string"),
            ModelName = Get<string>(RecordSchema.ModelName, "a string"),
            Precision = RecordSchema.FindPrecision(Get<string>(RecordSchema.Precision, "a string"))
                ?? throw Invalid(
                    snippet,
                    RecordSchema.Precision,
                    $"has the unknown value {MessageText.Quote((string)values[RecordSchema.Precision]!)}"),
            Normalized = Get<bool>(RecordSchema.Normalized, "a boolean"),
            TokenCount = GetCount(RecordSchema.TokenCount),
            TruncatedTokens = GetCount(RecordSchema.TruncatedTokens),
            Windows = values.ContainsKey(RecordSchema.Windows) ? GetCount(RecordSchema.Windows) : null,
            Fingerprint = Get<string>(RecordSchema.Fingerprint, "a string"),
        };

        T Get<T>(string name, string expected) => values.TryGetValue(name, out object? value)
            ? value is T typed ? typed : throw Invalid(snippet, name, $"must be {expected}")
            : throw Invalid(snippet, name, SnippetValidationException.Missing);

        int GetCount(string name) =>
            Get<long>(name, "an integer") is >= 0 and <= int.MaxValue and var count
                ? (int)count
                : throw Invalid(snippet, name, "is out of range");
    }

    /// <summary>
    ///   The values that were computed from the snippet; as everywhere, the last one counts if a name occurs twice.
    /// </summary>
    private static Dictionary<string, object?> ReadValues(ReadOnlySpan<byte> line, CodeSnippet snippet)
    {
        var values = new Dictionary<string, object?>();
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
        reader.Read();
        bool afterVector = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isOutput = RecordSchema.Identify(in reader, ref afterVector) == SnippetFields.Output;
            string name = isOutput ? JsonStrings.Read(in reader) : string.Empty;
            reader.Read();
            if (!isOutput)
                reader.Skip();
            else if (name == RecordSchema.Vector && reader.TokenType == JsonTokenType.StartArray)
                values[name] = ReadVector(ref reader, snippet);
            else if (name == RecordSchema.Vector && reader.TokenType == JsonTokenType.String)
                values[name] = VectorBase64.Read(in reader) ?? throw NotBase64(snippet);
            else
                values[name] = PlainValueReader.Read(ref reader);
        }

        return values;
    }

    private static float[] ReadVector(ref Utf8JsonReader reader, CodeSnippet snippet)
    {
        var vector = new List<float>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number)
            {
                throw Invalid(
                    snippet,
                    RecordSchema.Vector,
                    $"holds {SnippetRecordParser.Describe(reader.TokenType)}, and must be an array of numbers");
            }

            if (!reader.TryGetSingle(out float value) || !float.IsFinite(value))
                throw Invalid(snippet, RecordSchema.Vector, "holds a number that is not a float32");

            vector.Add(value);
        }

        return vector.Count > 0 ? [.. vector] : throw Invalid(snippet, RecordSchema.Vector, "is empty");
    }

    private static SnippetValidationException NotBase64(CodeSnippet snippet) => Invalid(
        snippet,
        RecordSchema.Vector,
        "is a string, and not the Base64 text of finite float32 numbers with the lowest byte first, at least one of them");

    private static SnippetValidationException Invalid(CodeSnippet snippet, string field, string problem) =>
        new(field, problem, snippet.Source, snippet.Id);
}
