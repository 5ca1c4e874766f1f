using System.Management.Automation;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>
///   A property of a snippet's record that its class does not have: PowerShell shows it, and it is read when it is first asked
///   for.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="record">The record.</param>
/// <param name="property">Where it is in the record.</param>
internal sealed class RecordProperty(string name, SnippetRecord record, RawProperty property) : PSNoteProperty(name, null)
{
    private object? _value;
    private bool _isKnown;

    /// <summary>Whether it was set, so that its value is no longer the record's.</summary>
    public bool IsChanged { get; private set; }

    /// <inheritdoc/>
    public override object? Value
    {
        get => _isKnown ? _value : Know(record.ReadValue(property));
        set
        {
            Know(value);
            IsChanged = true;
        }
    }

    /// <inheritdoc/>
    public override string TypeNameOfValue => (Value?.GetType() ?? typeof(object)).FullName!;

    /// <inheritdoc/>
    public override PSMemberInfo Copy()
    {
        var copy = new RecordProperty(Name, record, property);
        if (IsChanged)
            copy.Value = _value;

        return copy;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{TypeNameOfValue} {Name}={Value}";

    private object? Know(object? value)
    {
        _isKnown = true;
        return _value = value;
    }
}
