using System.Buffers;
using System.Text;
using System.Text.Json;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Lines;

/// <summary>Turns a line of JSON into a row of columns, and a row into a line.</summary>
internal static class RowRecord
{
    private const string MetadataName = "metadata";

    /// <summary>Parses a line that <see cref="EmbeddingRecordWriter"/> wrote.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="place">Where it is.</param>
    /// <param name="vector">Its vector, if that is not in the line.</param>
    /// <exception cref="CodeEmbedException">It is not such a line.</exception>
    public static EmbeddingRow Parse(ReadOnlyMemory<byte> line, RecordPlace place, float[]? vector = null)
    {
        CodeEmbedding embedding = EmbeddingRecordParser.Parse(line, place, vector);
        CodeSnippet snippet = embedding.Snippet;
        string? metadata = null, digest = null;
        var others = new StringBuilder();
        foreach (RawProperty property in snippet.Record.Properties)
        {
            ReadOnlySpan<byte> value = line.Span[property.Value];
            bool isString = value is [(byte)'"', ..];
            if (property.Field == SnippetFields.Metadata)
                metadata = Encoding.UTF8.GetString(value);
            else if (property.Field == SnippetFields.ContentDigest && snippet.Content is null)
                digest = isString ? (string?)snippet.Record.ReadValue(property) : null;
            else if (property.Field is SnippetFields.None or SnippetFields.ContentDigest
                || ((property.Field & RecordSchema.Strings) != 0 && !isString))
            {
                others.Append(others.Length == 0 ? '{' : ',').Append(Encoding.UTF8.GetString(line.Span[property.Name]))
                    .Append(':').Append(Encoding.UTF8.GetString(value));
            }
        }

        return new EmbeddingRow
        {
            Id = snippet.Id,
            FilePath = snippet.FilePath,
            Language = snippet.Language,
            Content = snippet.Content,
            ContentSha256 = snippet.Content is null ? digest ?? string.Empty : ContentDigest.Describe(snippet.Content),
            Version = snippet.Version,
            GitHash = snippet.GitHash,
            ChunkName = snippet.ChunkName,
            ChunkType = snippet.ChunkType,
            Metadata = metadata,
            Properties = others.Length == 0 ? null : others.Append('}').ToString(),
            Vector = embedding.Vector,
            ModelName = embedding.ModelName,
            Precision = RecordSchema.NameOf(embedding.Precision),
            Normalized = embedding.Normalized,
            TokenCount = embedding.TokenCount,
            TruncatedTokens = embedding.TruncatedTokens,
            Windows = embedding.Windows,
            Fingerprint = embedding.Fingerprint,
        };
    }

    /// <summary>Writes a row as a line, its end included, with the vector in Base64.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="row">The row.</param>
    /// <exception cref="InvalidDataException">What should be JSON in the row is not.</exception>
    public static void Write(IBufferWriter<byte> output, EmbeddingRow row)
    {
        output.Write("{"u8);
        WriteText(output, "id", row.Id);
        WriteText(output, "file_path", row.FilePath);
        WriteText(output, "language", row.Language);
        if (row.Content is not null)
            WriteText(output, "content", row.Content);
        else
            WriteText(output, RecordSchema.ContentSha256, row.ContentSha256);

        WriteText(output, "version", row.Version);
        WriteText(output, "git_hash", row.GitHash);
        WriteText(output, "chunk_name", row.ChunkName);
        WriteText(output, "chunk_type", row.ChunkType);
        if (row.Metadata is not null)
        {
            WriteName(output, MetadataName);
            output.Write(OnOneLine(row.Metadata, MetadataName, mustBeObject: false));
            output.Write(","u8);
        }

        if (row.Properties is not null)
        {
            // The properties of one object can be copied into another as text.
            ReadOnlySpan<byte> inside = OnOneLine(row.Properties, "properties", mustBeObject: true)[1..^1].Trim((byte)' ');
            output.Write(inside);
            output.Write(inside.IsEmpty ? ""u8 : ","u8);
        }

        WriteName(output, RecordSchema.Vector);
        VectorBase64.Write(output, row.Vector);
        output.Write(","u8);

        WriteText(output, RecordSchema.ModelName, row.ModelName);
        WriteText(output, RecordSchema.Precision, row.Precision);
        WriteValue(output, RecordSchema.Normalized, row.Normalized);
        WriteValue(output, RecordSchema.TokenCount, row.TokenCount);
        WriteValue(output, RecordSchema.TruncatedTokens, row.TruncatedTokens);
        if (row.Windows is { } windows)
            WriteValue(output, RecordSchema.Windows, windows);

        WriteName(output, RecordSchema.Fingerprint);
        PlainValueWriter.Write(output, row.Fingerprint);
        output.Write("}\n"u8);
    }

    private static void WriteText(IBufferWriter<byte> output, string name, string? value)
    {
        if (value is not null)
            WriteValue(output, name, value);
    }

    private static void WriteValue(IBufferWriter<byte> output, string name, object value)
    {
        WriteName(output, name);
        PlainValueWriter.Write(output, value);
        output.Write(","u8);
    }

    /// <summary>
    ///   JSON text from a store, on one line. Only a single value is accepted: the text becomes a part of a record.
    /// </summary>
    private static ReadOnlySpan<byte> OnOneLine(string text, string column, bool mustBeObject)
    {
        Span<byte> json = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
        try
        {
            bool isRight = reader.Read() && (!mustBeObject || reader.TokenType == JsonTokenType.StartObject);
            while (reader.Read())
            {
                // Reads to the end.
            }

            if (!isRight)
                throw new InvalidDataException($"the value in '{column}' is not a JSON object.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"the value in '{column}' is not JSON: {e.Message}", e);
        }

        // In JSON, line ends occur only between tokens.
        json.Replace((byte)'\n', (byte)' ');
        json.Replace((byte)'\r', (byte)' ');
        return json.Trim(" \t"u8);
    }

    private static void WriteName(IBufferWriter<byte> output, string name)
    {
        JsonStrings.Write(output, name);
        output.Write(":"u8);
    }
}
