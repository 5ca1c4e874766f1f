using System.Text;
using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Lines;

/// <summary>Says in plain words why a record is not JSON: what is wrong, at which byte, and what to write instead.</summary>
internal static class JsonProblem
{
    private const int MaxWordLength = 20;

    /// <summary>Describes what a parser refused.</summary>
    /// <param name="line">The line, or the element of an array: valid UTF-8.</param>
    /// <param name="error">The parser's error; only its place in the text is used.</param>
    /// <param name="source">Where the record is.</param>
    /// <returns>A sentence or two, which start with <c>invalid JSON</c>.</returns>
    public static string Describe(ReadOnlySpan<byte> line, JsonException error, SnippetSource source)
    {
        long lines = error.LineNumber ?? 0;
        int position = (int)Math.Clamp(StartOfLine(line, lines) + (error.BytePositionInLine ?? 0), 0, line.Length);
        string where = source.Element is null ? $"at byte {position + 1}"
            : lines == 0 ? $"at byte {position + 1} of the element"
            : $"in line {source.Line + lines}, at byte {error.BytePositionInLine + 1} of it";
        if (IsTooDeep(line, position))
            return $"invalid JSON {where}: the nesting is deeper than {RecordSchema.MaxDepth} levels.";

        RecordEnd before = default;
        bool isOutside = before.IsAt(line[..position]);
        string problem = before.IsInString
            ? DescribeInString(line, position)
            : DescribeOutside(
                line, position, before.Last, isAfterRecord: isOutside && before.Last is (byte)'}' or (byte)']', Unit(source));
        return $"invalid JSON {where}: {problem}";
    }

    /// <summary>What a record is in its file: a line, or an element of an array.</summary>
    public static string Unit(SnippetSource source) => source.Element is null ? "line" : "element";

    private static int StartOfLine(ReadOnlySpan<byte> text, long lines)
    {
        int start = 0;
        for (; lines > 0; lines--)
            start += text[start..].IndexOf((byte)'\n') + 1;

        return start;
    }

    /// <summary>Whether a parser that accepts any depth reads past the place where one with the limit stopped.</summary>
    private static bool IsTooDeep(ReadOnlySpan<byte> line, int position)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = int.MaxValue });
        try
        {
            while (reader.Read())
            {
                if (reader.BytesConsumed > position)
                    return true;
            }
        }
        catch (JsonException)
        {
            // It is not JSON at any depth.
        }

        return false;
    }

    private static string DescribeInString(ReadOnlySpan<byte> line, int position)
    {
        if (position >= line.Length)
            return "the line ends inside a string. Write one whole record on each line.";

        if (line[position] < 0x20)
            return $"a string contains the control character U+{line[position]:X4}. Write it as {Escape(line[position])}.";

        return $"{MessageText.Quote("\\" + Character(line[position..]))} is not an escape of JSON. Write a backslash as '\\\\'.";
    }

    private static string DescribeOutside(ReadOnlySpan<byte> line, int position, byte last, bool isAfterRecord, string unit)
    {
        if (position >= line.Length)
            return DescribeUnfinished(line);

        string word = Word(line, position);
        switch (word.TrimStart('-', '+'))
        {
            case "NaN" or "Infinity" or "inf" or "nan":
                return $"'{word}' is not JSON. Write null instead; in Python, json.dumps(..., allow_nan=False) finds such "
                    + "values.";
            case "None" or "True" or "False" or "undefined":
                return $"'{word}' is not JSON, which has null, true and false.";
        }

        byte current = line[position];
        if (isAfterRecord)
            return DescribeAfterRecord(line[position..]);

        return (char)current switch
        {
            '\'' => "a single quote does not start a string. Put names and strings in double quotes.",
            '}' or ']' when last == ',' => $"there is a comma before '{(char)current}'. Remove the comma.",
            '/' or '#' => "JSON has no comments. Remove the comment.",
            _ when line.TrimStart(" \t\r\n"u8) is [not (byte)'{' and not (byte)'[', ..] and var text =>
                $"a record must be a JSON object, and this {unit} starts with {MessageText.Quote(Character(text))}.",
            _ => $"{MessageText.Quote(word.Length > 0 ? word : Character(line[position..]))} is not expected here.",
        };
    }

    private static string DescribeUnfinished(ReadOnlySpan<byte> line)
    {
        const string Advice = "Write one whole record on each line.";
        return line.Trim(" \t\r"u8) switch
        {
            [(byte)'['] => $"this is the start of an array of several lines. {Advice}",
            [(byte)'{'] => $"this is the start of an object of several lines. {Advice}",
            _ => $"the line ends before the record does. {Advice}",
        };
    }

    private static string DescribeAfterRecord(ReadOnlySpan<byte> rest) => (char)rest[0] switch
    {
        ',' when rest[1..].TrimStart(" \t\r"u8).IsEmpty =>
            "there is a comma after the record. Remove the comma: JSON Lines has none between records.",
        '{' => "a second record follows on the same line. Write each record on its own line.",
        _ => $"{MessageText.Quote(Character(rest))} follows the record. Write nothing after it on its line.",
    };

    /// <summary>The word at a place, such as <c>-Infinity</c>; empty if no word is there.</summary>
    private static string Word(ReadOnlySpan<byte> line, int position)
    {
        int start = position, end = position;
        while (start > 0 && position - start < MaxWordLength && IsOfWord(line[start - 1]))
            start--;

        while (end < line.Length && end - start < MaxWordLength && IsOfWord(line[end]))
            end++;

        return Encoding.ASCII.GetString(line[start..end]);

        static bool IsOfWord(byte value) =>
            char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'+' or (byte)'.' or (byte)'_';
    }

    private static string Character(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out Rune character, out _);
        return character.ToString();
    }

    private static string Escape(byte control) => (char)control switch
    {
        '\t' => "'\\t'",
        '\r' => "'\\r'",
        _ => $"'\\u{(int)control:x4}'",
    };
}
