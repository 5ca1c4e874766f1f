using System.Collections;
using System.Collections.Specialized;
using System.Data;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Management.Automation.Language;
using System.Text.Json.Nodes;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>Removes PowerShell's wrapping from the values of a user: Core does not know PowerShell.</summary>
internal static class PlainValues
{
    /// <summary>
    ///   The value as plain .NET values: custom objects and rows become dictionaries, lists become arrays, every kind of null is
    ///   null.
    /// </summary>
    /// <exception cref="NotSupportedException">Something in the value holds itself.</exception>
    public static object? Unwrap(object? value) => Unwrap(value, new HashSet<object>(ReferenceEqualityComparer.Instance));

    /// <summary>Whether a value is null, or its counterpart in PowerShell or databases.</summary>
    public static bool IsNull(object? value) =>
        IsNothing(value) || (value is PSObject wrapped ? wrapped.BaseObject : value) is null or DBNull or NullString;

    /// <summary>
    ///   Whether a value is PowerShell's value for no output at all, as from Get-Content -Raw for an empty file.
    /// </summary>
    public static bool IsNothing(object? value) => ReferenceEquals(value, AutomationNull.Value);

    /// <summary>
    ///   The entries of a dictionary of any kind, or the columns of a row; <see langword="null"/> if the value is neither.
    /// </summary>
    public static IEnumerable<(string Name, object? Value)>? Entries(object value) => value switch
    {
        IDictionary dictionary => EntriesOf(dictionary),
        string or Array or PSObject or JsonNode => null,
        IEnumerable entries when IsGenericDictionary(value.GetType()) => EntriesOf(entries),
        _ => Columns(value),
    };

    /// <param name="value">The value.</param>
    /// <param name="holders">
    ///   The objects that the value is in. An object that leads back to one of them, as a child to its parent, would have no end.
    /// </param>
    private static object? Unwrap(object? value, HashSet<object> holders)
    {
        if (IsNull(value))
            return null;

        object plain = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value!;

        // The record itself is the first level. Deeper values are left as they are, and refused when the snippet is
        // checked.
        if (plain is string || holders.Count + 1 >= RecordSchema.MaxDepth)
            return plain;

        if (!holders.Add(plain))
            throw new NotSupportedException("an object that holds itself");

        object? result = plain switch
        {
            PSObject custom => Nested(custom.Properties.Select(property => (property.Name, (object?)property.Value)), holders),
            _ when Entries(plain) is { } entries => Nested(entries, holders),
            IEnumerable values => values.Cast<object?>().Select(item => Unwrap(item, holders)).ToArray(),
            _ => plain,
        };
        holders.Remove(plain);
        return result;
    }

    private static OrderedDictionary Nested(IEnumerable<(string Name, object? Value)> entries, HashSet<object> holders)
    {
        var nested = new OrderedDictionary();
        foreach ((string name, object? value) in entries)
            nested[name] = Unwrap(value, holders);

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
