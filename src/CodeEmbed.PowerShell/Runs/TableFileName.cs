using System.Text;

namespace CodeEmbed.PowerShell.Runs;

/// <summary>Names the file that the lines for a table of a database are gathered beside.</summary>
internal static class TableFileName
{
    /// <summary>The ending: nobody has such a file for something else.</summary>
    private const string Ending = ".postgres";

    /// <summary>File systems take 255 bytes, and other endings follow.</summary>
    private const int Longest = 120;

    /// <summary>
    ///   The name: the table's and the source's letters and digits, and <c>_</c> for what file names do not take.
    /// </summary>
    /// <param name="table">The table, as it is given.</param>
    /// <param name="source">The source, where there is one.</param>
    public static string Of(string table, string? source)
    {
        string whole = source is null ? table : $"{table}.{source}";
        var name = new StringBuilder();
        foreach (char character in whole[..Math.Min(whole.Length, Longest)])
            name.Append(char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_' ? character : '_');

        return name.ToString().TrimStart('.') + Ending;
    }
}
