using System.Buffers;
using System.Globalization;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Runs;

namespace CodeEmbed.Jsonl.Lines;

/// <summary>Writes an embedding as a record: the snippet's own properties unchanged, then the computed ones.</summary>
internal static class EmbeddingRecordWriter
{
    /// <summary>The longest text of a float, such as <c>-1.17549435E-38</c>, and the comma before it.</summary>
    private const int FloatLength = 24;

    /// <summary>Writes one line, its end included.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="embedding">The embedding.</param>
    /// <param name="form">How.</param>
    public static void Write(IBufferWriter<byte> output, CodeEmbedding embedding, RecordForm form = default)
    {
        WriteStart(output, embedding.Snippet, form.ExcludeContent, isInWindows: embedding.Windows is not null);
        if (form.Encoding == EmbeddingVectorEncoding.Base64)
            VectorBase64.Write(output, embedding.Vector);
        else
            WriteVector(output, embedding.Vector);

        (string Name, object? Value)[] others =
        [
            (RecordSchema.ModelName, embedding.ModelName),
            (RecordSchema.Precision, RecordSchema.NameOf(embedding.Precision)),
            (RecordSchema.Normalized, embedding.Normalized),
            (RecordSchema.TokenCount, embedding.TokenCount),
            (RecordSchema.TruncatedTokens, embedding.TruncatedTokens),
            (RecordSchema.Windows, embedding.Windows),
            (RecordSchema.Fingerprint, embedding.Fingerprint),
        ];
        foreach ((string name, object? value) in others)
        {
            if (value is null)
                continue;

            output.Write(","u8);
            WriteName(output, name);
            PlainValueWriter.Write(output, value);
        }

        output.Write("}\n"u8);
    }

    /// <summary>Writes what comes before the vector: the snippet's own properties and the vector's name.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="snippet">The snippet.</param>
    /// <param name="excludeContent">Whether the digest of the content replaces it.</param>
    /// <param name="isInWindows">Whether the number of windows replaces a property of that name.</param>
    public static void WriteStart(
        IBufferWriter<byte> output, CodeSnippet snippet, bool excludeContent, bool isInWindows)
    {
        output.Write("{"u8);
        WriteSnippet(output, snippet, excludeContent, isInWindows);
        WriteName(output, RecordSchema.Vector);
    }

    /// <summary>Writes the properties of the snippet, each with a comma after it.</summary>
    private static void WriteSnippet(
        IBufferWriter<byte> output, CodeSnippet snippet, bool excludeContent, bool isInWindows)
    {
        ReadOnlySpan<byte> record = snippet.Record.Utf8.Span;
        var written = SnippetFields.None;
        string? digest = excludeContent && snippet.Content is not null ? ContentDigest.Describe(snippet.Content) : null;
        foreach (RawProperty property in snippet.Record.Properties)
        {
            if (digest is not null && property.Field is SnippetFields.Content or SnippetFields.ContentDigest)
            {
                if (property.Field == SnippetFields.Content && (written & SnippetFields.Content) == 0)
                    WriteProperty(output, RecordSchema.ContentSha256, digest);

                written |= property.Field;
                continue;
            }

            if (isInWindows && property.Field == SnippetFields.None && snippet.Record.ReadName(property) == RecordSchema.Windows)
                continue;

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

            if (digest is not null && field == SnippetFields.Content)
                WriteProperty(output, RecordSchema.ContentSha256, digest);
            else
                WriteProperty(output, name, value);
        }
    }

    private static void WriteProperty(IBufferWriter<byte> output, string name, object value)
    {
        WriteName(output, name);
        PlainValueWriter.Write(output, value);
        output.Write(","u8);
    }

    /// <summary>
    ///   Writes a value unchanged, on one line: a carriage return between its tokens, which some programs take for the end of a
    ///   line, is a space; so is the end of a line in a record that has several, with the white space around it.
    /// </summary>
    private static void WriteRaw(IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        for (int end = value.IndexOfAny("\r\n"u8); end >= 0; end = value.IndexOfAny("\r\n"u8))
        {
            ReadOnlySpan<byte> rest = value[end..];
            bool isLineEnd = rest is [(byte)'\n', ..] or [(byte)'\r', (byte)'\n', ..];
            output.Write(isLineEnd ? value[..end].TrimEnd(" \t"u8) : value[..end]);
            output.Write(" "u8);
            value = isLineEnd ? rest.TrimStart(" \t\r\n"u8) : rest[1..];
        }

        output.Write(value);
    }

    /// <summary>The value of a field of a snippet.</summary>
    public static object? ValueOf(CodeSnippet snippet, SnippetFields field) => field switch
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
