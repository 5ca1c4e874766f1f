using System.Text;
using System.Text.Json;

namespace CodeEmbed.Tests.Hostile;

/// <summary>Changes JSON at random so that most results are still JSON.</summary>
internal static class JsonMutation
{
    private static readonly string[] Values =
    [
        "0", "-0", "-1", "1", "2", "1.5", "1e400", "-1e400", "1e-400", "2147483647", "2147483648", "-2147483648",
        "4294967296", "2147483520", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "18446744073709551616", new('9', 400), "0." + new string('0', 400) + "1", "NaN", "Infinity", "null", "true", "false",
        "[]", "{}", "\"\"", "\"x\"", "[0]", "{\"type\":\"Sequence\"}", @"""\ud800""", @"""\udc00\ud800""", @"""a\u0000b""",
        "\"../../outside\"", "\"/etc/passwd\"", @"""C:\\outside""", "\"..\"", "\"" + new string('a', 10_000) + "\"",
        new string('[', 70) + new string(']', 70), new string('[', 1100) + new string(']', 1100), new('[', 100_000),
        string.Concat(Enumerable.Repeat("{\"a\":", 1030)) + "1" + new string('}', 1030),
        "[[[\"a\",1],[\"b\",2]]]", "\"ſK\\u0130\"", "\"(((a+)+)+)+$\"", "\"<s>\"", "1e2147483647",
    ];

    /// <summary>A changed copy: one to three of its values or properties are changed, duplicated, moved or removed.</summary>
    public static byte[] Change(Random random, byte[] json)
    {
        for (int changes = random.Next(1, 4); changes > 0; changes--)
            json = ChangeOnce(random, json);

        return json;
    }

    private static byte[] ChangeOnce(Random random, byte[] json)
    {
        (List<Range> values, List<Range> properties) = Find(json);
        if (values.Count == 0)
            return json;

        Range value = values[random.Next(values.Count)], property = properties.Count > 0
            ? properties[random.Next(properties.Count)]
            : value;
        byte[] hostile = Encoding.UTF8.GetBytes(Values[random.Next(Values.Length)]);
        return random.Next(7) switch
        {
            0 or 1 or 2 => Replace(json, value, hostile),
            3 => Replace(json, property, [.. json[property], (byte)',', .. json[property]]),
            4 => Replace(json, value, json[values[random.Next(values.Count)]]),
            5 => Replace(json, property, properties.Count > 0 ? json[properties[random.Next(properties.Count)]] : []),
            _ => Replace(json, property, [.. json[property], .. ",\"more\":"u8, .. hostile]),
        };
    }

    private static byte[] Replace(byte[] json, Range range, byte[] other) =>
        [.. json.AsSpan(0, range.Start.Value), .. other, .. json.AsSpan(range.End.Value)];

    /// <summary>The values, and the properties with their names, as far as the text is valid JSON.</summary>
    private static (List<Range> Values, List<Range> Properties) Find(byte[] json)
    {
        List<Range> values = [], properties = [];
        var starts = new Stack<(int Value, int? Property)>();
        int? name = null;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 2000 });
        try
        {
            while (reader.Read())
            {
                int start = (int)reader.TokenStartIndex, end = (int)reader.BytesConsumed;
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        name = start;
                        break;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        starts.Push((start, name));
                        name = null;
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        (int opened, int? property) = starts.Pop();
                        Add(opened, property, end);
                        break;
                    default:
                        Add(start, name, end);
                        name = null;
                        break;
                }
            }
        }
        catch (JsonException)
        {
            // After an earlier change, the text is no longer JSON; the part before it can be changed again.
        }

        return (values, properties);

        void Add(int start, int? property, int end)
        {
            values.Add(start..end);
            if (property is { } named)
                properties.Add(named..end);
        }
    }
}
