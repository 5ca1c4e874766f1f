using System.Management.Automation;
using System.Numerics;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>The values of objects' properties, as they are written in a record.</summary>
internal static class RecordValues
{
    private static readonly HashSet<string> Strings =
        [.. RecordSchema.SnippetNames.Where(entry => (RecordSchema.Strings & entry.Field) != 0).Select(entry => entry.Name)];

    private static readonly HashSet<string> Required =
        [.. RecordSchema.SnippetNames.Where(entry => (RecordSchema.Required & entry.Field) != 0).Select(entry => entry.Name)];

    /// <summary>Reads a property, which may be a user's script, as plain .NET values.</summary>
    /// <param name="name">Its name in the record.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="source">The place of the object, for an error.</param>
    /// <exception cref="SnippetValidationException">It cannot be read, or is a date but the record has a string.</exception>
    public static object? Read(string name, Func<object?> read, SnippetSource source)
    {
        try
        {
            object? value = read();

            // Get-Content -Raw of an empty file.
            if (name == RecordSchema.NameOf(SnippetFields.Content) && PlainValues.IsNothing(value))
                return string.Empty;

            object? plain = PlainValues.Unwrap(value);
            return Strings.Contains(name) ? Cast(name, plain, source) : plain;
        }
        catch (NotSupportedException e)
        {
            throw new SnippetValidationException(name, $"holds {e.Message}, which cannot be written as JSON", source, null);
        }
        catch (GetValueException e)
        {
            throw new SnippetValidationException(name, $"cannot be read: {e.Message}", source, null);
        }
    }

    /// <summary>
    ///   Casts a value that should be a string as PowerShell does; an optional value of a JSON type is kept.
    /// </summary>
    private static object? Cast(string name, object? value, SnippetSource source) => value switch
    {
        DateTime or DateTimeOffset or DateOnly => throw new SnippetValidationException(
            name,
            "is a date, and must be a string. ConvertFrom-Json turns strings that look like dates into dates: give it "
            + "-DateKind String. Turn your own dates into strings, as with $date.ToString('o')",
            source,
            null),
        bool or sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal
            when !Required.Contains(name) => value,
        { } scalar when IsScalar(scalar) => LanguagePrimitives.ConvertTo<string>(scalar),
        _ => value,
    };

    /// <summary>
    ///   Whether a value has one text that says all of it; any other value that is not a string is an error when the record is
    ///   checked.
    /// </summary>
    private static bool IsScalar(object value) =>
        value.GetType().IsPrimitive
        || value is Enum or decimal or Int128 or UInt128 or BigInteger or Guid or Uri or Version or TimeSpan or FileSystemInfo
            or PathInfo;
}
