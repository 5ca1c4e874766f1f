using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace CodeEmbed.Jsonl.Records;

/// <summary>Strings in JSON, read and written without loss: lone surrogates are kept.</summary>
/// <remarks>
///   System.Text.Json refuses to read an escaped lone surrogate, which RFC 8259 allows and real exports hold, and its
///   writer escapes letters beyond U+FFFF, which makes code unreadable.
/// </remarks>
internal static class JsonStrings
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        string.Concat(Enumerable.Range(0, 0x20).Select(code => (char)code)) + "\"\\");

    /// <summary>Reads the string or property name that the reader is at; its bytes must be valid UTF-8.</summary>
    public static string Read(in Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return Encoding.UTF8.GetString(reader.ValueSpan);

        return Unescape(Encoding.UTF8.GetString(reader.ValueSpan));
    }

    /// <summary>Writes a string with its quotes; escapes only what RFC 8259, section 7, demands, and lone surrogates.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        output.Write("\""u8);
        while (!text.IsEmpty)
        {
            int plain = text.IndexOfAny(Escaped);
            if (plain != 0)
            {
                ReadOnlySpan<char> run = plain < 0 ? text : text[..plain];
                int taken = WritePlain(output, run);
                text = text[taken..];
                if (taken == run.Length)
                    continue;
            }

            WriteEscaped(output, text[0]);
            text = text[1..];
        }

        output.Write("\""u8);
    }

    /// <summary>Writes characters up to the first lone surrogate; returns how many.</summary>
    private static int WritePlain(IBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        int total = 0;
        while (total < text.Length)
        {
            Span<byte> target = output.GetSpan(Math.Min(3 * (text.Length - total), 4096));
            OperationStatus status = Utf8.FromUtf16(
                text[total..], target, out int read, out int written, replaceInvalidSequences: false);
            output.Advance(written);
            total += read;
            if (status is OperationStatus.InvalidData or OperationStatus.Done)
                break;
        }

        return total;
    }

    private static void WriteEscaped(IBufferWriter<byte> output, char character)
    {
        switch (character)
        {
            case '"': output.Write("\\\""u8); break;
            case '\\': output.Write("\\\\"u8); break;
            case '\n': output.Write("\\n"u8); break;
            case '\r': output.Write("\\r"u8); break;
            case '\t': output.Write("\\t"u8); break;
            default:
                Span<byte> target = output.GetSpan(6);
                Utf8.TryWrite(target, CultureInfo.InvariantCulture, $"\\u{(int)character:x4}", out int written);
                output.Advance(written);
                break;
        }
    }

    private static string Unescape(string escaped)
    {
        // An escape is longer than its character.
        char[] rented = ArrayPool<char>.Shared.Rent(escaped.Length);
        Span<char> text = rented;
        int length = 0;
        ReadOnlySpan<char> rest = escaped;
        for (int plain = rest.IndexOf('\\'); plain >= 0; plain = rest.IndexOf('\\'))
        {
            rest[..plain].CopyTo(text[length..]);
            length += plain;
            text[length++] = ReadEscape(rest[(plain + 1)..], out int taken);
            rest = rest[(plain + 1 + taken)..];
        }

        rest.CopyTo(text[length..]);
        string unescaped = new(text[..(length + rest.Length)]);
        ArrayPool<char>.Shared.Return(rented);
        return unescaped;
    }

    /// <summary>The character that an escape stands for, which starts after its backslash.</summary>
    private static char ReadEscape(ReadOnlySpan<char> escape, out int length)
    {
        const int DigitsOfCode = 4;
        length = 1;
        switch (escape[0])
        {
            case 'n': return '\n';
            case 't': return '\t';
            case 'r': return '\r';
            case 'b': return '\b';
            case 'f': return '\f';
            case 'u':
                length += DigitsOfCode;
                return (char)ushort.Parse(
                    escape.Slice(1, DigitsOfCode), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            default: return escape[0];
        }
    }
}
