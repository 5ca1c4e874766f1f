using System.Text.RegularExpressions;

namespace CodeEmbed.Packaging;

/// <summary>
///   The manifest that ships: the repository's, with data from elsewhere in the repository or from the build.
/// </summary>
internal static class StagedManifest
{
    /// <summary>Creates the text of the manifest.</summary>
    /// <param name="manifest">The repository's manifest.</param>
    /// <param name="changelog">The text of the changelog, whose section for this version becomes the release notes.</param>
    /// <param name="projectUri">The project's address, or empty.</param>
    /// <exception cref="InvalidDataException">The changelog has no section for this version.</exception>
    public static string Make(ModuleManifest manifest, string changelog, string projectUri)
    {
        List<(string, string)> values = [("ReleaseNotes", ReleaseNotes(changelog, manifest.Text("ModuleVersion")))];
        if (projectUri.Length > 0)
            values.Add(("ProjectUri", projectUri));

        return manifest.WithPSData(values);
    }

    private static string ReleaseNotes(string changelog, string version)
    {
        Match section = Regex.Match(
            changelog,
            $@"^## \[{Regex.Escape(version)}\][^\n]*\n(?<notes>.*?)(?=^## |\z)",
            RegexOptions.Multiline | RegexOptions.Singleline);
        string notes = section.Groups["notes"].Value.Trim();
        return notes.Length > 0 ? notes : throw new InvalidDataException($"CHANGELOG.md has no section for version {version}.");
    }
}
