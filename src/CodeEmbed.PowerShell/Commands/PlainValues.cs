using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using CodeEmbed.Jsonl;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Takes PowerShell's wrapping off the values that a user put together: Core knows no PowerShell.</summary>
internal static class PlainValues
{
    /// <summary>The value as plain .NET values: custom objects become dictionaries, lists become arrays.</summary>
    public static object? Unwrap(object? value) => Unwrap(value, depth: 1);

    private static object? Unwrap(object? value, int depth)
    {
        // What is nested deeper is left as it is, and refused where the snippet is checked.
        if (depth >= RecordSchema.MaxDepth)
            return value;

        object? plain = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        switch (plain)
        {
            case PSObject custom:
                var properties = new OrderedDictionary();
                foreach (PSPropertyInfo property in custom.Properties)
                    properties[property.Name] = Unwrap(property.Value, depth + 1);

                return properties;
            case IDictionary dictionary:
                var entries = new OrderedDictionary();
                foreach (DictionaryEntry entry in dictionary)
                    entries[entry.Key] = Unwrap(entry.Value, depth + 1);

                return entries;
            case IEnumerable values and not string:
                return values.Cast<object?>().Select(item => Unwrap(item, depth + 1)).ToArray();
            default:
                return plain;
        }
    }
}
