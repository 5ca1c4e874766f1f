namespace CodeEmbed.PowerShell.Models;

/// <summary>A model that is on this machine: one that comes with the module, or a commit of one in the Hub's cache.</summary>
public sealed record InstalledModel
{
    /// <summary>What to give to -Model: <c>owner/name</c>, or the name of a model that comes with the module.</summary>
    public required string Name { get; init; }

    /// <summary>The branches and tags that refer to the commit here; empty for a model that comes with the module.</summary>
    public required IReadOnlyList<string> Revisions { get; init; }

    /// <summary>The commit; <see langword="null"/> for a model that comes with the module.</summary>
    public string? Commit { get; init; }

    /// <summary>The architecture, as config.json names it; <see langword="null"/> if its files do not say.</summary>
    public string? Architecture { get; init; }

    /// <summary>The length of its vectors; <see langword="null"/> if its files do not say.</summary>
    public int? Dimensions { get; init; }

    /// <summary>
    ///   How many tokens of a snippet it sees by default; <see langword="null"/> if its files do not say.
    /// </summary>
    public int? MaxLength { get; init; }

    /// <summary>The length of all its files in bytes. Commits of one model may share some of them.</summary>
    public required long Size { get; init; }

    /// <summary>The paths of its files, from its folder, with slashes.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Its folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether every file is there that is needed to run it.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Returns the model's <see cref="Name"/>.</summary>
    public override string ToString() => Name;
}
