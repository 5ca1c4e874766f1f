using System.Buffers;
using System.Numerics;
using System.Text;
using System.Text.Json;
using CodeEmbed.Errors;

namespace CodeEmbed.Jsonl.Records;

/// <summary>What the names in a record mean according to a map, ready to be looked up for each record.</summary>
internal sealed class MappedNames
{
    private readonly (SnippetFields Fields, byte[] Name)[] _names;
    private readonly Range[] _nameRanges = new Range[RecordSchema.SnippetNames.Length];
    private readonly Dictionary<SnippetFields, string> _sources;

    /// <summary>Makes them.</summary>
    /// <param name="sources">For each field that is taken from another property, that one's name or path.</param>
    /// <param name="constants">For each field that is the same in every record, its value.</param>
    /// <param name="computed">The fields that are computed from each record.</param>
    public MappedNames(
        IReadOnlyDictionary<SnippetFields, string> sources,
        IReadOnlyDictionary<SnippetFields, string> constants,
        SnippetFields computed)
    {
        _sources = sources.ToDictionary();
        Computed = computed;
        Renamed = RecordSchema.SnippetNames
            .Where(entry => sources.TryGetValue(entry.Field, out string? source) && source != entry.Name)
            .Aggregate(SnippetFields.None, (all, entry) => all | entry.Field);
        Paths = [.. sources.Where(source => source.Value.Contains('.', StringComparison.Ordinal))
            .OrderBy(source => source.Key)
            .Select(source => (source.Key, Encoding.UTF8.GetBytes(source.Value)))];
        SnippetFields mapped = sources.Keys.Concat(constants.Keys).Aggregate(computed, (all, field) => all | field);
        (SnippetFields Field, byte[] Name)[] named =
            [.. sources.GroupBy(source => source.Value).Select(group => (
                group.Aggregate(SnippetFields.None, (all, source) => all | source.Key), Encoding.UTF8.GetBytes(group.Key)))];
        _names =
        [
            .. named,
            .. RecordSchema.Names
                .Where(entry => !named.Any(source => source.Name.AsSpan().SequenceEqual(entry.Name)))
                .Select(entry => ((entry.Field & mapped) != 0 ? SnippetFields.Replaced : entry.Field, entry.Name)),
        ];

        var appendix = new ArrayBufferWriter<byte>();

        // An id may have to be made for any record.
        SnippetFields added = Renamed | SnippetFields.Id | constants.Keys.Aggregate(computed, (all, field) => all | field);
        foreach ((SnippetFields field, string name) in RecordSchema.SnippetNames)
        {
            if ((field & added) != 0)
                _nameRanges[IndexOf(field)] = Append(appendix, name);
        }

        Constants = [.. constants.OrderBy(constant => constant.Key)
            .Select(constant => (constant.Key, constant.Value, Append(appendix, constant.Value)))];
        Appendix = appendix.WrittenSpan.ToArray();
    }

    /// <summary>The fields that are computed from each record.</summary>
    public SnippetFields Computed { get; }

    /// <summary>The fields that are taken from properties with other names than their own.</summary>
    public SnippetFields Renamed { get; }

    /// <summary>The fields whose sources have a dot, in UTF-8: each the name of a property, or a path to one.</summary>
    public (SnippetFields Field, byte[] Source)[] Paths { get; }

    /// <summary>The constants, each with its place in the <see cref="Appendix"/>.</summary>
    public (SnippetFields Field, string Value, Range Json)[] Constants { get; }

    /// <summary>
    ///   The names of properties that are not in the record, and the constants, as JSON: the text that is put after each record.
    /// </summary>
    public ReadOnlyMemory<byte> Appendix { get; }

    /// <summary>
    ///   The meaning of a property: fields of a snippet, more than one if the map names it more than once;
    ///   <see cref="SnippetFields.Replaced"/>, <see cref="SnippetFields.Output"/>, or none of these.
    /// </summary>
    /// <param name="propertyName">The reader, at the name.</param>
    /// <param name="afterVector">
    ///   Whether the record's vector came before: false at the start of a record, and then passed on from name to name.
    /// </param>
    public SnippetFields Identify(in Utf8JsonReader propertyName, ref bool afterVector) =>
        RecordSchema.Identify(in propertyName, _names, ref afterVector);

    /// <summary>Where the name of a field is in the <see cref="Appendix"/>, with its quotes.</summary>
    public Range NameOf(SnippetFields field) => _nameRanges[IndexOf(field)];

    /// <summary>The start of a message about a field: the source of the field, if its name is another one.</summary>
    public string Describe(SnippetFields field) => (field & Renamed) != 0
        ? $"(mapped from {MessageText.Quote(_sources[field])}) "
        : (field & Computed) != 0 ? "(computed) " : string.Empty;

    private static int IndexOf(SnippetFields field) => BitOperations.TrailingZeroCount((int)field);

    private static Range Append(ArrayBufferWriter<byte> appendix, string text)
    {
        int start = appendix.WrittenCount;
        JsonStrings.Write(appendix, text);
        return start..appendix.WrittenCount;
    }
}
