using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>
///   Which field of a record a property of an object is: <c>file_path</c> as in files, or <c>FilePath</c> as in the classes.
/// </summary>
/// <remarks>
///   PowerShell's names are not case-sensitive. Nothing else counts as a field: <c>_id</c> is another name.
/// </remarks>
internal static class RecordNames
{
    private static readonly Dictionary<string, string> Names = RecordSchema.SnippetNames
        .SelectMany(entry => new[] { entry.Name, Pascal(entry.Name) }
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(spelling => (Spelling: spelling, entry.Name)))
        .ToDictionary(entry => entry.Spelling, entry => entry.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The name in a record of the field that a property is, or <see langword="null"/>.</summary>
    public static string? Find(string name) => Names.GetValueOrDefault(name);

    /// <summary>
    ///   How well a property's name fits the name in a record: if there are several, the smallest number counts.
    /// </summary>
    public static int Rank(string name, string recordName) => name switch
    {
        _ when name == recordName => 0,
        _ when name == Pascal(recordName) => 1,
        _ when name.Contains('_', StringComparison.Ordinal) || recordName.Length == name.Length => 2,
        _ => 3,
    };

    private static string Pascal(string name) =>
        string.Concat(name.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
}
