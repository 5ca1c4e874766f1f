using System.Text;

namespace CodeEmbed.Postgres;

/// <summary>The name of a table, with its schema if one is given.</summary>
/// <param name="Schema">The schema; <see langword="null"/> for the first in the server's search path.</param>
/// <param name="Table">The table.</param>
internal sealed record TableName(string? Schema, string Table)
{
    /// <summary>A server truncates longer names, so two could become the same.</summary>
    private const int LongestInBytes = 63;

    /// <summary>The name in SQL.</summary>
    public string Sql => Schema is null ? Quote(Table) : $"{Quote(Schema)}.{Quote(Table)}";

    /// <summary>
    ///   Reads a name: <c>table</c> or <c>schema.table</c>. A part in double quotes may hold dots, and double quotes that are
    ///   doubled. Names are case-sensitive.
    /// </summary>
    /// <exception cref="EmbeddingOptionException">It is not a name.</exception>
    public static TableName Parse(string text)
    {
        var parts = new List<string>();
        int index = 0;
        do
        {
            parts.Add(ReadPart(text, ref index));
        }
        while (index++ < text.Length);

        if (parts.Count > 2)
            throw Refuse(text, "has more than one dot.");

        foreach (string part in parts)
        {
            if (part.Length == 0)
                throw Refuse(text, "has an empty part.");

            if (part.Contains('\0'))
                throw Refuse(text, "holds the character U+0000, which no name can.");

            if (Encoding.UTF8.GetByteCount(part) > LongestInBytes)
                throw Refuse(text, $"is too long: a part of a name has at most {LongestInBytes} bytes.");
        }

        if (parts[^1] == TableLayout.Models)
            throw Refuse(text, "is the table that says which models made the embeddings.");

        return parts.Count == 1 ? new TableName(null, parts[0]) : new TableName(parts[0], parts[1]);
    }

    /// <summary>A quoted SQL identifier; the name may contain any characters.</summary>
    public static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The name as it was given, for messages.</summary>
    public override string ToString() => Schema is null ? Table : $"{Schema}.{Table}";

    private static string ReadPart(string text, ref int index)
    {
        if (index == text.Length || text[index] != '"')
        {
            int dot = text.IndexOf('.', index);
            int end = dot < 0 ? text.Length : dot;
            string plain = text[index..end];
            index = end;
            return plain;
        }

        var part = new StringBuilder();
        for (index++; index < text.Length; index++)
        {
            if (text[index] != '"')
                part.Append(text[index]);
            else if (index + 1 < text.Length && text[index + 1] == '"')
                part.Append(text[++index]);
            else if (index + 1 == text.Length || text[index + 1] == '.')
                return End(part, ref index);
            else
                break;
        }

        throw Refuse(text, "has a part that begins with a double quote and does not end with one.");
    }

    private static string End(StringBuilder part, ref int index)
    {
        index++;
        return part.ToString();
    }

    private static EmbeddingOptionException Refuse(string text, string problem) => new(
        "Table",
        text,
        problem,
        "Give a table, or a schema and a table separated by a dot; put a name with dots in double quotes.");
}
