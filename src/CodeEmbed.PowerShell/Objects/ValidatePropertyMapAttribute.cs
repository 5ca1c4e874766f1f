using System.Collections;
using System.Management.Automation;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>Checks a map of properties when the parameter is bound: before anything is read or written.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ValidatePropertyMapAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        try
        {
            _ = new PropertyMapping((IDictionary)arguments);
        }
        catch (ArgumentException e)
        {
            throw new ValidationMetadataException(e.Message);
        }
    }
}
