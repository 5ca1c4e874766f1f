using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Tests that measure time or memory, or set variables of the process; they run when no others do.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "Alone";
}
