using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Tests that measure time or memory, or set environment variables; they do not run in parallel with others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "Alone";
}
