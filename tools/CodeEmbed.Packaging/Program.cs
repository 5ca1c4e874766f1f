namespace CodeEmbed.Packaging;

/// <summary>The entry point of the program that the build runs.</summary>
internal static class Program
{
    /// <summary>Writes one of the files that the build stages or packs.</summary>
    /// <param name="args">What to write, and from which files.</param>
    /// <returns>0, or 1 after an error, which is written in the form of an MSBuild error.</returns>
    internal static int Main(string[] args)
    {
        try
        {
            switch (args)
            {
                case ["manifest", string source, string changelog, string projectUri, string target]:
                    WriteIfChanged(
                        target, StagedManifest.Make(ModuleManifest.Read(source), File.ReadAllText(changelog), projectUri));
                    return 0;
                case ["notices", string dependencies, string packageFolders, string licences, string target, .. string[] others]:
                    string[] folders = packageFolders.Split(';', StringSplitOptions.RemoveEmptyEntries);
                    WriteNotices(
                        target,
                        [.. dependencies.Split(';').SelectMany(program => ShippedPackage.ReadAll(program, folders))],
                        licences,
                        others);
                    return 0;
                case ["cuda-manifest", string source, string system, string projectUri, string target]:
                    WriteIfChanged(target, CudaManifest.Make(ModuleManifest.Read(source), system, projectUri));
                    return 0;
                case ["cuda-notices", string packageFolder, string licences, string target, .. string[] files]:
                    WriteNotices(target, [ShippedPackage.Read(packageFolder, files)], licences);
                    return 0;
                case ["pack", string module, string target]:
                    Console.WriteLine($"{target}: {GalleryPackage.Pack(module, target) / 1e6:F1} MB");
                    return 0;
                default:
                    throw new ArgumentException(
                        "The arguments fit none of the commands manifest, notices, cuda-manifest, cuda-notices and pack.");
            }
        }
        catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"CodeEmbed.Packaging : error : {e.Message}");
            return 1;
        }
    }

    private static void WriteNotices(
        string target, IReadOnlyList<ShippedPackage> packages, string licences, params string[] others)
    {
        // Shipped files that are not from a package have separate notices.
        string notices = ThirdPartyNotices.Make(packages, StandardLicences.Read(licences));
        WriteIfChanged(
            target, string.Join('\n', [notices, .. others.Select(file => File.ReadAllText(file).ReplaceLineEndings("\n"))]));
    }

    // An unchanged file is not staged again.
    private static void WriteIfChanged(string path, string text)
    {
        if (!File.Exists(path) || File.ReadAllText(path) != text)
            File.WriteAllText(path, text);
    }
}
