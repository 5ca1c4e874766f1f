using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace CodeEmbed.Jsonl.Records;

/// <summary>Writes plain .NET values as JSON.</summary>
internal static class PlainValueWriter
{
    /// <summary>Writes a value.</summary>
    /// <exception cref="NotSupportedException">The value cannot be written as JSON; the message says what it is.</exception>
    public static void Write(IBufferWriter<byte> output, object? value) => Write(output, value, depth: 1);

    private static void Write(IBufferWriter<byte> output, object? value, int depth)
    {
        // The record itself is the first level.
        if (depth >= RecordSchema.MaxDepth && value is IEnumerable and not string)
            throw new NotSupportedException($"a value nested deeper than {RecordSchema.MaxDepth} levels");

        switch (value)
        {
            case null: output.Write("null"u8); break;
            case string text: JsonStrings.Write(output, text); break;
            case bool truth: output.Write(truth ? "true"u8 : "false"u8); break;
            case IDictionary dictionary: WriteObject(output, dictionary, depth); break;
            case DateTime or DateTimeOffset or DateOnly or TimeOnly:
                JsonStrings.Write(output, ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture));
                break;
            case char or Enum or Guid or Uri or Version or TimeSpan:
                JsonStrings.Write(output, string.Create(CultureInfo.InvariantCulture, $"{value}"));
                break;
            case double number when !double.IsFinite(number):
            case float single when !float.IsFinite(single):
            case Half half when !Half.IsFinite(half):
                throw new NotSupportedException("a number that is not finite");
            case sbyte or byte or short or ushort or int or uint or long or ulong or Int128 or UInt128 or BigInteger
                or Half or float or double or decimal:
                output.Write(Encoding.ASCII.GetBytes(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)));
                break;
            case IEnumerable values: WriteArray(output, values, depth); break;
            default: throw new NotSupportedException($"a value of the type {value.GetType()}");
        }
    }

    private static void WriteObject(IBufferWriter<byte> output, IDictionary dictionary, int depth)
    {
        output.Write("{"u8);
        bool first = true;
        foreach (DictionaryEntry entry in dictionary)
        {
            if (!first)
                output.Write(","u8);

            first = false;
            JsonStrings.Write(output, string.Create(CultureInfo.InvariantCulture, $"{entry.Key}"));
            output.Write(":"u8);
            Write(output, entry.Value, depth + 1);
        }

        output.Write("}"u8);
    }

    private static void WriteArray(IBufferWriter<byte> output, IEnumerable values, int depth)
    {
        output.Write("["u8);
        bool first = true;
        foreach (object? value in values)
        {
            if (!first)
                output.Write(","u8);

            first = false;
            Write(output, value, depth + 1);
        }

        output.Write("]"u8);
    }
}
