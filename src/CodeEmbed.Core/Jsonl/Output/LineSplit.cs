using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Jsonl.Vectors;

namespace CodeEmbed.Jsonl.Output;

/// <summary>Splits the lines of whole embeddings into vectors and the records without them.</summary>
internal static class LineSplit
{
    /// <summary>Splits lines.</summary>
    /// <param name="block">Whole lines, each with its end.</param>
    /// <param name="vector">Room for a vector; it has the length that each vector must have.</param>
    /// <param name="vectors">Receives the vectors: float32 with the lowest byte first.</param>
    /// <param name="records">Receives the lines without the vectors.</param>
    /// <returns>How many lines there were.</returns>
    /// <exception cref="IOException">
    ///   A vector has another length, a line is too long, or the lines were changed after they had been written.
    /// </exception>
    public static int Split(
        LineBlock block, float[] vector, ArrayBufferWriter<byte> vectors, ArrayBufferWriter<byte> records)
    {
        if (block.IsTooLong)
            throw new IOException($"line {block.FirstLine} of the partial file is too long.");

        ReadOnlyMemory<byte> lines = block.Bytes;
        int count = 0;
        while (!lines.IsEmpty)
        {
            int end = lines.Span.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = lines.Span[..end];
            var reader = new VectorLine(line);
            Range property = reader.TryRead(vector) ? reader.Vector : ReadSlowly(lines[..end], vector);
            vectors.Write(MemoryMarshal.AsBytes(vector.AsSpan()));

            // The model's name comes after the vector.
            records.Write(line[..property.Start]);
            records.Write(line[(property.End.Value + 1)..]);
            records.Write("\n"u8);
            lines = lines[(end + 1)..];
            count++;
        }

        return count;
    }

    /// <summary>Finds the vector in a line with unusual names.</summary>
    private static Range ReadSlowly(ReadOnlyMemory<byte> line, float[] vector)
    {
        CodeEmbedding embedding = EmbeddingRecordParser.Parse(line, new RecordPlace(new SnippetSource("the partial file", 0)));
        if (embedding.Vector.Length != vector.Length)
        {
            throw new IOException(
                $"the vector of {MessageText.Quote(embedding.Snippet.Id)} has {embedding.Vector.Length} numbers, and that of the "
                + $"first record has {vector.Length}.");
        }

        embedding.Vector.CopyTo(vector, 0);
        var reader = new Utf8JsonReader(line.Span, new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int start = (int)reader.TokenStartIndex;
            bool isVector = !reader.ValueIsEscaped && reader.ValueTextEquals(RecordSchema.Vector);
            reader.Read();
            reader.Skip();
            if (isVector)
                return start..(int)reader.BytesConsumed;
        }

        throw new IOException("The partial file was changed while it was read.");
    }
}
