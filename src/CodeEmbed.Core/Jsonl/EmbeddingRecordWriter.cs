using System.Buffers;
using System.Globalization;

namespace CodeEmbed.Jsonl;

/// <summary>Writes an embedding as a record: the snippet's own properties as they came, then what was made of it.</summary>
internal static class EmbeddingRecordWriter
{
    /// <summary>The longest text of a float, such as <c>-1.17549435E-38</c>, and the comma before it.</summary>
    private const int FloatLength = 24;

    /// <summary>Writes one line, its end included.</summary>
    public static void Write(IBufferWriter<byte> output, CodeEmbedding embedding)
    {
        output.Write("{"u8);
        WriteSnippet(output, embedding.Snippet);

        WriteName(output, RecordSchema.Vector);
        WriteVector(output, embedding.Vector);
        (string Name, object Value)[] others =
        [
            (RecordSchema.ModelName, embedding.ModelName),
            (RecordSchema.Precision, NameOf(embedding.Precision)),
            (RecordSchema.Normalized, embedding.Normalized),
            (RecordSchema.TokenCount, embedding.TokenCount),
            (RecordSchema.TruncatedTokens, embedding.TruncatedTokens),
            (RecordSchema.Fingerprint, embedding.Fingerprint),
        ];
        foreach ((string name, object value) in others)
        {
            output.Write(","u8);
            WriteName(output, name);
            PlainValueWriter.Write(output, value);
        }

        output.Write("}\n"u8);
    }

    /// <summary>Writes the properties of the snippet, each with a comma behind it.</summary>
    private static void WriteSnippet(IBufferWriter<byte> output, CodeSnippet snippet)
    {
        ReadOnlySpan<byte> record = snippet.Record.Utf8.Span;
        var written = SnippetFields.None;
        foreach (RawProperty property in snippet.Record.Properties)
        {
            output.Write(record[property.Name]);
            output.Write(":"u8);
            if (snippet.IsAssigned(property.Field))
                PlainValueWriter.Write(output, ValueOf(snippet, property.Field));
            else
                WriteRaw(output, record[property.Value]);

            output.Write(","u8);
            written |= property.Field;
        }

        foreach ((SnippetFields field, string name) in RecordSchema.SnippetNames)
        {
            if ((written & field) != 0 || ValueOf(snippet, field) is not { } value)
                continue;

            WriteName(output, name);
            PlainValueWriter.Write(output, value);
            output.Write(","u8);
        }
    }

    /// <summary>Writes a value as it came, but for carriage returns between its tokens, which some programs take for the end of a line.</summary>
    private static void WriteRaw(IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        for (int end = value.IndexOf((byte)'\r'); end >= 0; end = value.IndexOf((byte)'\r'))
        {
            output.Write(value[..end]);
            output.Write(" "u8);
            value = value[(end + 1)..];
        }

        output.Write(value);
    }

    private static object? ValueOf(CodeSnippet snippet, SnippetFields field) => field switch
    {
        SnippetFields.Id => snippet.Id,
        SnippetFields.FilePath => snippet.FilePath,
        SnippetFields.Language => snippet.Language,
        SnippetFields.Content => snippet.Content,
        SnippetFields.Version => snippet.Version,
        SnippetFields.GitHash => snippet.GitHash,
        SnippetFields.ChunkName => snippet.ChunkName,
        SnippetFields.ChunkType => snippet.ChunkType,
        SnippetFields.Metadata => snippet.Metadata,
        _ => throw new ArgumentOutOfRangeException(nameof(field)),
    };

    private static string NameOf(EmbeddingPrecision precision) => precision switch
    {
        EmbeddingPrecision.Float32 => "float32",
        _ => throw new ArgumentOutOfRangeException(nameof(precision)),
    };

    private static void WriteName(IBufferWriter<byte> output, string name)
    {
        JsonStrings.Write(output, name);
        output.Write(":"u8);
    }

    /// <summary>Writes each number as the shortest text that reads back to the same float.</summary>
    private static void WriteVector(IBufferWriter<byte> output, float[] vector)
    {
        output.Write("["u8);
        for (int i = 0; i < vector.Length; i++)
        {
            Span<byte> target = output.GetSpan(FloatLength);
            int start = 0;
            if (i > 0)
                target[start++] = (byte)',';

            if (!vector[i].TryFormat(target[start..], out int length, default, CultureInfo.InvariantCulture))
                throw new InvalidOperationException("A float is longer than expected.");

            output.Advance(start + length);
        }

        output.Write("]"u8);
    }
}
