using System.Collections;
using System.Collections.Specialized;
using System.Data;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Management.Automation.Language;
using CodeEmbed.Jsonl;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>Takes PowerShell's wrapping off the values that a user put together: Core knows no PowerShell.</summary>
internal static class PlainValues
{
    /// <summary>
    ///   The value as plain .NET values: custom objects and rows become dictionaries, lists become arrays, every kind of null is
    ///   null.
    /// </summary>
    public static object? Unwrap(object? value) => Unwrap(value, depth: 1);

    /// <summary>Tells whether a value is null, or what PowerShell and databases have in its place.</summary>
    public static bool IsNull(object? value) =>
        IsNothing(value) || (value is PSObject wrapped ? wrapped.BaseObject : value) is null or DBNull or NullString;

    /// <summary>
    ///   Tells whether a value is what PowerShell gives for no output at all, as Get-Content -Raw does for an empty file.
    /// </summary>
    public static bool IsNothing(object? value) => ReferenceEquals(value, AutomationNull.Value);

    /// <summary>
    ///   The entries of a dictionary of any kind, or the columns of a row; <see langword="null"/> where the value is neither.
    /// </summary>
    public static IEnumerable<(string Name, object? Value)>? Entries(object value) => value switch
    {
        IDictionary dictionary => EntriesOf(dictionary),
        string or Array or PSObject => null,
        IEnumerable entries when IsGenericDictionary(value.GetType()) => EntriesOf(entries),
        _ => Columns(value),
    };

    private static object? Unwrap(object? value, int depth)
    {
        if (IsNull(value))
            return null;

        // What is nested deeper is left as it is, and refused where the snippet is checked.
        if (depth >= RecordSchema.MaxDepth)
            return value;

        object? plain = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        switch (plain)
        {
            case PSObject custom:
                return Nested(custom.Properties.Select(property => (property.Name, (object?)property.Value)), depth);
            case string:
                return plain;
            case not null when Entries(plain) is { } entries:
                return Nested(entries, depth);
            case IEnumerable values:
                return values.Cast<object?>().Select(item => Unwrap(item, depth + 1)).ToArray();
            default:
                return plain;
        }
    }

    private static OrderedDictionary Nested(IEnumerable<(string Name, object? Value)> entries, int depth)
    {
        var nested = new OrderedDictionary();
        foreach ((string name, object? value) in entries)
            nested[name] = Unwrap(value, depth + 1);

        return nested;
    }

    private static IEnumerable<(string Name, object? Value)> EntriesOf(IDictionary dictionary)
    {
        // The enumerator of the interface: that of a generic dictionary gives pairs of another type.
        foreach (DictionaryEntry entry in dictionary)
            yield return (NameOf(entry.Key), entry.Value);
    }

    private static IEnumerable<(string Name, object? Value)> EntriesOf(IEnumerable entries)
    {
        foreach (object entry in entries)
        {
            Type type = entry.GetType();
            yield return (NameOf(type.GetProperty("Key")!.GetValue(entry)), type.GetProperty("Value")!.GetValue(entry));
        }
    }

    private static IEnumerable<(string Name, object? Value)>? Columns(object value) => value switch
    {
        DataRowView view => Columns(view.Row),
        DataRow row => row.Table.Columns.Cast<DataColumn>().Select(column => (column.ColumnName, (object?)row[column])),
        IDataRecord record => Enumerable.Range(0, record.FieldCount)
            .Select(index => (record.GetName(index), (object?)record.GetValue(index))),
        _ => null,
    };

    private static bool IsGenericDictionary(Type type) => type.GetInterfaces().Any(implemented =>
        implemented.IsGenericType && implemented.GetGenericTypeDefinition() is var definition
        && (definition == typeof(IDictionary<,>) || definition == typeof(IReadOnlyDictionary<,>)));

    private static string NameOf(object? key) => LanguagePrimitives.ConvertTo<string>(key) ?? string.Empty;
}
