using CodeEmbed.Errors;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl;

/// <summary>
///   Which properties of a record become those of a snippet, for records with other names than <c>docs/formats.md</c>
///   gives, such as rows of data sets.
/// </summary>
/// <remarks>
///   <para>
///     A name with dots, such as <c>meta.path</c>, is the name of a property or, if no property has it, a path through nested
///     objects; at each object the longest name that fits wins. A mapped property is moved: it is written under the name that
///     the map gives it, and no longer under its own. A property that has the name of a mapped one, and is not mapped itself, is
///     replaced. Every other property is kept.
///   </para>
///   <para>
///     In a record that is read with a map, <c>id</c> may be a number, which becomes the text that it has in JSON; and if it is
///     missing or null, the id is the name of the file and the number of the line, <c>in.jsonl:17</c>, or in an array the number
///     of the element, <c>in.json#17</c>.
///   </para>
/// </remarks>
public sealed class PropertyMap
{
    /// <summary>Makes a map.</summary>
    /// <param name="sources">
    ///   For each property of a snippet, by its name in JSON such as <c>file_path</c>, the name of the record's property that it
    ///   is taken from, or a path to it. A property that is not here is taken from the one with the same name.
    /// </param>
    /// <param name="constants">For each property of a snippet that is the same in every record, its value.</param>
    /// <exception cref="ArgumentException">
    ///   A name is not one of a snippet's properties or occurs twice, or a source is empty. The message is for users.
    /// </exception>
    public PropertyMap(IReadOnlyDictionary<string, string> sources, IReadOnlyDictionary<string, string>? constants = null)
        : this(sources, constants ?? new Dictionary<string, string>(), computed: [])
    {
    }

    /// <summary>Makes a map in which some properties are computed from each record by the caller.</summary>
    internal PropertyMap(
        IReadOnlyDictionary<string, string> sources,
        IReadOnlyDictionary<string, string> constants,
        IReadOnlyCollection<string> computed)
    {
        string[] targets = [.. sources.Keys, .. constants.Keys, .. computed];
        foreach (string target in targets)
            Find(target);

        if (targets.GroupBy(target => target).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"'{twice.Key}' is mapped twice.");

        foreach ((string target, string source) in sources)
        {
            if (string.IsNullOrWhiteSpace(source))
                throw new ArgumentException($"'{target}' is mapped from an empty name. Give the name of a property.");
        }

        if (constants.FirstOrDefault(constant => constant.Value is null) is { Key: { } without })
            throw new ArgumentException($"The constant of '{without}' is null. Give it a value.");

        Names = new MappedNames(
            sources.ToDictionary(source => Find(source.Key), source => source.Value),
            constants.ToDictionary(constant => Find(constant.Key), constant => constant.Value),
            computed.Aggregate(SnippetFields.None, (all, target) => all | Find(target)));
    }

    /// <summary>What the names in a record mean.</summary>
    internal MappedNames Names { get; }

    private static SnippetFields Find(string target)
    {
        foreach ((SnippetFields field, string name) in RecordSchema.SnippetNames)
        {
            if (name == target)
                return field;
        }

        throw Unknown(target);
    }

    private static ArgumentException Unknown(string target) => new(
        $"{MessageText.Quote(target)} is not a property of a snippet. A snippet has "
        + $"{string.Join(", ", RecordSchema.SnippetNames.Select(entry => entry.Name))}.");
}
