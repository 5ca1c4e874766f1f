using System.Text;

namespace CodeEmbed.PowerShell.Runs;

/// <summary>Names the file next to which the lines for a database table are collected.</summary>
internal static class TableFileName
{
    /// <summary>The ending, which no other files have.</summary>
    private const string Ending = ".postgres";

    /// <summary>File systems allow 255 bytes, and other endings follow.</summary>
    private const int Longest = 120;

    /// <summary>
    ///   The name: the table's and the source's letters and digits, and <c>_</c> for other characters.
    /// </summary>
    /// <param name="table">The table, as it is given.</param>
    /// <param name="source">The source, if there is one.</param>
    public static string Of(string table, string? source)
    {
        string whole = source is null ? table : $"{table}.{source}";
        var name = new StringBuilder();
        foreach (char character in whole[..Math.Min(whole.Length, Longest)])
            name.Append(char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_' ? character : '_');

        return name.ToString().TrimStart('.') + Ending;
    }
}
