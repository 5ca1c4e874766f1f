using Xunit.v3;

namespace CodeEmbed.Tests.Hostile;

/// <summary>Marks a test that runs cases generated from a seed, and that can run for a long time: see tests/fuzz.sh.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FuzzAttribute : Attribute, ITraitAttribute
{
    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Category", "Fuzz")];
}
