using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Numbers;

namespace CodeEmbed.Jsonl.Lines;

/// <summary>The reusable part of a record that was embedded before, read in one pass without the rest of the record.</summary>
internal sealed class ReusableRecord
{
    private ReusableRecord()
    {
    }

    /// <summary>The content; <see langword="null"/> if it was left out of the file.</summary>
    public string? Content { get; private init; }

    /// <summary>The digest of the content.</summary>
    public required byte[] Digest { get; init; }

    /// <summary>The vector.</summary>
    public required float[] Vector { get; init; }

    /// <summary>Whether the vector was scaled to length 1.</summary>
    public required bool Normalized { get; init; }

    /// <summary>How many tokens the model saw.</summary>
    public required int TokenCount { get; init; }

    /// <summary>How many tokens it did not see.</summary>
    public required int TruncatedTokens { get; init; }

    /// <summary>In how many windows it saw the snippet, if it was embedded in windows.</summary>
    public int? Windows { get; private init; }

    /// <summary>The fingerprint.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Parses a line.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="dimensions">How many numbers its vector is expected to have.</param>
    /// <param name="place">Where the line is, for an error.</param>
    /// <param name="beside">Its vector, if that is in a separate file.</param>
    /// <exception cref="InvalidInputException">The line is not a JSON object.</exception>
    /// <exception cref="SnippetValidationException">A value that is needed to reuse it is missing.</exception>
    public static ReusableRecord Parse(
        ReadOnlySpan<byte> line, int dimensions, SnippetSource place, float[]? beside = null)
    {
        if (!Utf8.IsValid(line))
            throw new InvalidInputException(place, "the line is not valid UTF-8.");

        try
        {
            return Read(line, dimensions, place, beside);
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(place, JsonProblem.Describe(line, e, place), e);
        }
    }

    private static ReusableRecord Read(ReadOnlySpan<byte> line, int dimensions, SnippetSource place, float[]? beside)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new InvalidInputException(place, "the line is not a JSON object.");

        string? content = null, digest = null;
        float[]? vector = null;
        var values = new Dictionary<string, object?>();
        bool afterVector = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            SnippetFields field = RecordSchema.Identify(in reader, ref afterVector);
            string name = field == SnippetFields.Output ? JsonStrings.Read(in reader) : string.Empty;
            reader.Read();
            if (field == SnippetFields.Content)
                content = reader.TokenType == JsonTokenType.String ? JsonStrings.Read(in reader) : null;
            else if (field == SnippetFields.ContentDigest)
                digest = reader.TokenType == JsonTokenType.String ? JsonStrings.Read(in reader) : null;
            else if (name == RecordSchema.Vector)
                vector = ReadVector(ref reader, dimensions);
            else if (field == SnippetFields.Output)
                values[name] = PlainValueReader.Read(ref reader);

            reader.Skip();
        }

        // Reads to the end, so that anything after the object is an error.
        reader.Read();
        if (beside is not null)
            vector = FiniteNumbers.AreAll(beside) ? beside : null;

        return new ReusableRecord
        {
            Content = content,
            Digest = FindDigest(content, digest) ?? throw Missing("content"),
            Vector = vector ?? throw Missing(RecordSchema.Vector),
            Normalized = values.GetValueOrDefault(RecordSchema.Normalized) as bool? ?? throw Missing(RecordSchema.Normalized),
            TokenCount = Count(RecordSchema.TokenCount) ?? throw Missing(RecordSchema.TokenCount),
            TruncatedTokens = Count(RecordSchema.TruncatedTokens) ?? throw Missing(RecordSchema.TruncatedTokens),
            Windows = Count(RecordSchema.Windows),
            Fingerprint = values.GetValueOrDefault(RecordSchema.Fingerprint) as string
                ?? throw Missing(RecordSchema.Fingerprint),
        };

        int? Count(string name) =>
            values.GetValueOrDefault(name) is long and >= 0 and <= int.MaxValue and var count ? (int)(long)count : null;

        SnippetValidationException Missing(string field) => new(field, "is missing or is not valid", place, null);
    }

    /// <summary>The vector that the reader is at, or <see langword="null"/> if it is not an array of finite float32.</summary>
    private static float[]? ReadVector(ref Utf8JsonReader reader, int dimensions)
    {
        if (reader.TokenType == JsonTokenType.String)
            return VectorBase64.Read(in reader);

        if (reader.TokenType != JsonTokenType.StartArray)
            return null;

        var vector = new List<float>(dimensions);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetSingle(out float value) && float.IsFinite(value))
            {
                vector.Add(value);
                continue;
            }

            while (reader.TokenType != JsonTokenType.EndArray || reader.CurrentDepth != 1)
                reader.Read();

            return null;
        }

        return vector.Count > 0 ? [.. vector] : null;
    }

    private static byte[]? FindDigest(string? content, string? digest)
    {
        byte[] bytes = new byte[ContentDigest.Length];
        if (content is not null)
        {
            ContentDigest.Compute(content, bytes);
            return bytes;
        }

        return digest?.Length == 2 * bytes.Length && Convert.FromHexString(digest, bytes, out _, out _) == OperationStatus.Done
            ? bytes
            : null;
    }
}
