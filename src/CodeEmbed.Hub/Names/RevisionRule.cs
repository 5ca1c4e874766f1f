using System.Text.RegularExpressions;
using CodeEmbed.ModelFiles;

namespace CodeEmbed.Hub.Names;

/// <summary>Which names a branch or tag may have: Git's rules, and each part must be a plain file's name.</summary>
internal static partial class RevisionRule
{
    private const int MaxLength = 200;

    /// <summary>Whether a name is a branch's, a tag's or a commit's.</summary>
    public static bool IsValid(string revision) =>
        revision.Length <= MaxLength
        && FileNameRule.IsPlainPath(revision)
        && !ForbiddenByGit().IsMatch(revision);

    /// <summary>Whether a revision is a commit: 40 lower-case hexadecimal digits.</summary>
    public static bool IsCommit(string revision) => Commit().IsMatch(revision);

    // See "git help check-ref-format".
    [GeneratedRegex(@"[ ~^\[]|\.\.|@\{|(^|/)\.|\.lock(/|$)|^@\z|^-")]
    private static partial Regex ForbiddenByGit();

    [GeneratedRegex(@"^[0-9a-f]{40}\z")]
    private static partial Regex Commit();
}
