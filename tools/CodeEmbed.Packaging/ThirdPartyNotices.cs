using NuGet.Packaging;

namespace CodeEmbed.Packaging;

/// <summary>
///   The notices for the packages that ship, from the packages themselves, so that they match the version.
/// </summary>
internal static class ThirdPartyNotices
{
    private static readonly string Rule = new('-', 80);

    /// <summary>Creates the text of the notices.</summary>
    /// <param name="packages">The packages.</param>
    /// <param name="licences">The licences that packages may name but not include.</param>
    /// <exception cref="InvalidDataException">The text of a licence is missing.</exception>
    public static string Make(IReadOnlyList<ShippedPackage> packages, StandardLicences licences)
    {
        List<string> text = ["CodeEmbed ships files of the packages below, each under its own licence.\n\n"];
        text.AddRange(packages.Select(package => $"    {package.Id} {package.Version}: {string.Join(", ", package.Files)}\n"));

        Dictionary<string, string> printed = [];
        foreach (ShippedPackage package in packages)
        {
            text.Add(
                $"\n{Rule}\n{package.Id} {package.Version}\n{package.Nuspec.GetProjectUrl()}\n{package.Nuspec.GetCopyright()}\n"
                + $"{Rule}\n\n{Licence(package, licences)}\n");
            foreach (string file in package.FindFiles("ThirdPartyNotices", "THIRD-PARTY-NOTICES", "NOTICE"))
            {
                // Packages in the same family include the same long file.
                string notices = Read(file);
                text.Add(
                    printed.TryAdd(notices, package.Id)
                        ? $"\n{notices}\n"
                        : $"\nIts notices of third parties are those of {printed[notices]}.\n");
            }
        }

        return string.Concat(text);
    }

    private static string Licence(ShippedPackage package, StandardLicences licences)
    {
        LicenseMetadata? licence = package.Nuspec.GetLicenseMetadata();
        if (licence?.Type == LicenseType.File)
            return Read(Path.Combine(package.Folder, licence.License.Replace('\\', Path.DirectorySeparatorChar)));

        if (package.FindFiles("LICENSE").FirstOrDefault() is { } file)
            return Read(file);

        // An old package names only an address: its licence is listed under the package's name.
        return licence is null
            ? licences.Text(package.Id)
            : $"{licence.License}\n\n{package.Nuspec.GetCopyright()}\n\n{licences.Text(licence.License)}";
    }

    private static string Read(string path) => File.ReadAllText(path).ReplaceLineEndings("\n").Trim();
}
