using NuGet.Packaging;
using NuGet.Versioning;

namespace CodeEmbed.Packaging;

/// <summary>The package for the PowerShell Gallery, with the layout that Publish-PSResource produces.</summary>
internal static class GalleryPackage
{
    /// <summary>The largest size of a package, in bytes.</summary>
    private const long MaximumSize = 160_000_000;

    /// <summary>The largest size of a package with the provider for CUDA, which is itself large, in bytes.</summary>
    private const long MaximumSizeWithCuda = 250_000_000;

    /// <summary>Packs a staged module.</summary>
    /// <param name="module">The module's folder.</param>
    /// <param name="target">The path of the package.</param>
    /// <returns>The size of the package, in bytes.</returns>
    /// <exception cref="InvalidDataException">The package is too large and was deleted, or natives are missing.</exception>
    public static long Pack(string module, string target)
    {
        string path = Directory.GetFiles(module, "*.psd1").Single();
        ModuleNatives natives = ModuleNatives.Find(module);
        PackageBuilder builder = Describe(Path.GetFileNameWithoutExtension(path), ModuleManifest.Read(path), natives);
        foreach (string file in Directory.EnumerateFiles(module, "*", SearchOption.AllDirectories))
            builder.Files.Add(new PhysicalPackageFile { SourcePath = file, TargetPath = Path.GetRelativePath(module, file) });

        using (FileStream stream = File.Create(target))
            builder.Save(stream);

        long size = new FileInfo(target).Length;
        long largest = natives.HaveCuda ? MaximumSizeWithCuda : MaximumSize;
        if (size <= largest)
            return size;

        File.Delete(target);
        throw new InvalidDataException($"The package has {size} bytes, and the limit is {largest}.");
    }

    // What Publish-PSResource and Publish-Module take from a manifest; the Gallery finds cmdlets by their tags.
    private static PackageBuilder Describe(string id, ModuleManifest manifest, ModuleNatives natives)
    {
        var builder = new PackageBuilder(deterministic: true)
        {
            Id = id,
            Version = NuGetVersion.Parse(manifest.Text("ModuleVersion")),
            Description = manifest.Text("Description"),
            Copyright = manifest.Text("Copyright"),
            ReleaseNotes = (string)manifest.PSData["ReleaseNotes"]!,
            LicenseUrl = new Uri((string)manifest.PSData["LicenseUri"]!),
            ProjectUrl = manifest.PSData["ProjectUri"] is string projectUri ? new Uri(projectUri) : null,
        };
        builder.Authors.Add(manifest.Text("Author"));
        builder.Owners.Add(manifest.Text("CompanyName"));
        IReadOnlyList<string> cmdlets = manifest.List("CmdletsToExport");
        builder.Tags.AddRange(
        [
            .. ((object[])manifest.PSData["Tags"]!).Cast<string>(),
            .. natives.Platforms,
            "PSModule",
            .. cmdlets.Take(1).Select(_ => "PSIncludes_Cmdlet"),
            .. cmdlets.Select(name => $"PSCmdlet_{name}"),
            .. cmdlets.Select(name => $"PSCommand_{name}"),
        ]);
        return builder;
    }
}
