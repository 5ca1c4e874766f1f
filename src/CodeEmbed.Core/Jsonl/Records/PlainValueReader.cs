using System.Collections.Specialized;
using System.Text.Json;

namespace CodeEmbed.Jsonl.Records;

/// <summary>Turns JSON into plain .NET values.</summary>
internal static class PlainValueReader
{
    /// <summary>Reads the value that the reader is at; afterwards it is at the value's last token.</summary>
    public static object? Read(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => ReadObject(ref reader),
        JsonTokenType.StartArray => ReadArray(ref reader),
        JsonTokenType.String => JsonStrings.Read(in reader),
        JsonTokenType.Number => ReadNumber(in reader),
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => null,
    };

    private static object ReadNumber(in Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out long integer))
            return integer;

        return reader.GetDouble();
    }

    private static OrderedDictionary ReadObject(ref Utf8JsonReader reader)
    {
        var values = new OrderedDictionary();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = JsonStrings.Read(in reader);
            reader.Read();
            values[name] = Read(ref reader);
        }

        return values.AsReadOnly();
    }

    private static object?[] ReadArray(ref Utf8JsonReader reader)
    {
        var values = new List<object?>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            values.Add(Read(ref reader));

        return [.. values];
    }
}
