using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using CodeEmbed.Errors;
using CodeEmbed.Hub.Names;

namespace CodeEmbed.Hub;

/// <summary>The name of a model on the Hub: <c>owner/name</c>, or <c>owner/name@revision</c>.</summary>
/// <remarks>
///   The Hub's own rules hold, so that a name can be a folder of the cache on every platform. The oldest models have names
///   without an owner, such as <c>roberta-base</c>, which the Hub still accepts.
/// </remarks>
public sealed partial record HubModelId
{
    /// <summary>The branch to use if no revision is given.</summary>
    public const string DefaultRevision = "main";

    private const int MaxNameLength = 96;

    private HubModelId(string owner, string name, string revision)
    {
        Owner = owner;
        Name = name;
        Revision = revision;
    }

    /// <summary>The user or organisation; empty for a name without an owner.</summary>
    public string Owner { get; }

    /// <summary>The model's name, without its owner.</summary>
    public string Name { get; }

    /// <summary>A branch, a tag, a commit of 40 hexadecimal digits, or a pull request as <c>refs/pr/1</c>.</summary>
    public string Revision { get; }

    /// <summary>The owner and the name: <c>owner/name</c>; only the name if there is no owner.</summary>
    public string Repository => Owner.Length == 0 ? Name : $"{Owner}/{Name}";

    /// <summary>Whether the revision is a commit, which never changes.</summary>
    public bool IsCommit => RevisionRule.IsCommit(Revision);

    /// <summary>Reads a name.</summary>
    /// <param name="text">The name.</param>
    /// <exception cref="ModelLoadException">It is not the name of a model on the Hub.</exception>
    public static HubModelId Parse(string text) =>
        Read(text, out string? problem) ?? throw new ModelLoadException(text, problem!);

    /// <summary>Tries to read a name.</summary>
    /// <param name="text">The name.</param>
    /// <param name="id">The parsed name; <see langword="null"/> if it is not the name of a model on the Hub.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out HubModelId? id)
    {
        id = text is null ? null : Read(text, out _);
        return id is not null;
    }

    /// <summary>The name as it was given; without the revision if that is <see cref="DefaultRevision"/>.</summary>
    public override string ToString() => Revision == DefaultRevision ? Repository : $"{Repository}@{Revision}";

    private static HubModelId? Read(string text, out string? problem)
    {
        string[] parts = text.Split('@', 2);
        string[] names = parts[0].Split('/');
        string revision = parts.Length == 1 ? DefaultRevision : parts[1];
        if (names.Length > 2)
        {
            problem = "it is not the name of a model on the Hub, which is owner/name or owner/name@revision.";
            return null;
        }

        if (names.FirstOrDefault(name => !IsName(name)) is { } wrong)
        {
            problem = $"{MessageText.Quote(wrong)} cannot be part of a model's name on the Hub, which has letters, digits, '-', "
                + $"'_' and '.', at most {MaxNameLength} of them, neither begins nor ends with '-' or '.', and holds no '--' and "
                + "no '..'.";
            return null;
        }

        if (names[^1].EndsWith(".git", StringComparison.OrdinalIgnoreCase))
        {
            problem = "a model's name on the Hub does not end with '.git'. Leave that out.";
            return null;
        }

        if (!RevisionRule.IsValid(revision))
        {
            problem = $"{MessageText.Quote(revision)} is not a revision. Give a branch, a tag or a commit of 40 hexadecimal "
                + "digits after the '@'.";
            return null;
        }

        problem = null;
        string lower = revision.ToLowerInvariant();
        return new HubModelId(names.Length == 1 ? "" : names[0], names[^1], RevisionRule.IsCommit(lower) ? lower : revision);
    }

    private static bool IsName(string name) =>
        name.Length <= MaxNameLength
        && NamePattern().IsMatch(name)
        && !name.Contains("--", StringComparison.Ordinal)
        && !name.Contains("..", StringComparison.Ordinal);

    [GeneratedRegex(@"^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\z")]
    private static partial Regex NamePattern();
}
