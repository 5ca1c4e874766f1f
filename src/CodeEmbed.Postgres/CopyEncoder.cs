using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using CodeEmbed.Rows;

namespace CodeEmbed.Postgres;

/// <summary>Writes rows in the binary format of COPY.</summary>
/// <remarks>
///   Text is UTF-8. U+0000 and lone surrogates, which no database accepts, become U+FFFD. A vector is its length in 2 bytes, 2
///   zeros, and float32 numbers; all numbers are big-endian.
/// </remarks>
internal static class CopyEncoder
{
    /// <summary>Writes the header.</summary>
    public static void WriteStart(ArrayBufferWriter<byte> output)
    {
        // Not a UTF-8 literal: the signature has the byte 255, which UTF-8 never contains.
        output.Write("PGCOPY\n"u8);
        output.Write((ReadOnlySpan<byte>)[0xff]);
        output.Write("\r\n\0"u8);
        WriteInt32(output, 0);
        WriteInt32(output, 0);
    }

    /// <summary>Writes a row.</summary>
    /// <param name="output">The destination.</param>
    /// <param name="row">The row.</param>
    /// <param name="source">Its source, which comes first in a table; <see langword="null"/> for the staging table.</param>
    /// <param name="number">Its number, which comes first in the staging table.</param>
    public static void WriteRow(ArrayBufferWriter<byte> output, EmbeddingRow row, string? source, long number)
    {
        WriteInt16(output, (short)(TableLayout.Columns.Count + 1));
        if (source is not null)
        {
            WriteText(output, source);
        }
        else
        {
            WriteInt32(output, sizeof(long));
            BinaryPrimitives.WriteInt64BigEndian(output.GetSpan(sizeof(long)), number);
            output.Advance(sizeof(long));
        }

        foreach (RowColumn column in RowColumns.All)
        {
            switch (column.Kind)
            {
                case RowColumnKind.Vector:
                    WriteVector(output, row.Vector);
                    break;
                case RowColumnKind.Truth:
                    WriteInt32(output, 1);
                    output.Write((ReadOnlySpan<byte>)[(byte)(column.CountOf(row) ?? 0)]);
                    break;
                case RowColumnKind.Count:
                    WriteNumber(output, column.CountOf(row));
                    break;
                default:
                    WriteText(output, column.TextOf(row));
                    break;
            }
        }
    }

    /// <summary>Writes the trailer.</summary>
    public static void WriteEnd(ArrayBufferWriter<byte> output) => WriteInt16(output, -1);

    /// <summary>Text in the form that a database accepts.</summary>
    public static string Clean(string text) => text.Replace('\0', '\ufffd');

    private static void WriteText(ArrayBufferWriter<byte> output, string? text)
    {
        if (text is null)
        {
            WriteInt32(output, -1);
            return;
        }

        text = Clean(text);
        Span<byte> place = output.GetSpan(sizeof(int) + Encoding.UTF8.GetMaxByteCount(text.Length));
        int length = Encoding.UTF8.GetBytes(text, place[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(place, length);
        output.Advance(sizeof(int) + length);
    }

    private static void WriteVector(ArrayBufferWriter<byte> output, float[] vector)
    {
        int length = (2 * sizeof(short)) + (vector.Length * sizeof(float));
        WriteInt32(output, length);
        Span<byte> place = output.GetSpan(length);
        BinaryPrimitives.WriteInt16BigEndian(place, (short)vector.Length);
        BinaryPrimitives.WriteInt16BigEndian(place[sizeof(short)..], 0);
        place = place[(2 * sizeof(short))..];
        foreach (float number in vector)
        {
            BinaryPrimitives.WriteSingleBigEndian(place, number);
            place = place[sizeof(float)..];
        }

        output.Advance(length);
    }

    private static void WriteNumber(ArrayBufferWriter<byte> output, int? number)
    {
        WriteInt32(output, number is null ? -1 : sizeof(int));
        if (number is { } value)
            WriteInt32(output, value);
    }

    private static void WriteInt16(ArrayBufferWriter<byte> output, short number)
    {
        BinaryPrimitives.WriteInt16BigEndian(output.GetSpan(sizeof(short)), number);
        output.Advance(sizeof(short));
    }

    private static void WriteInt32(ArrayBufferWriter<byte> output, int number)
    {
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(sizeof(int)), number);
        output.Advance(sizeof(int));
    }
}
