using System.Text.Json;
using NuGet.Packaging;
using NuGet.Packaging.Core;

namespace CodeEmbed.Packaging;

/// <summary>A third-party package whose files ship with CodeEmbed.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version.</param>
/// <param name="Folder">The folder that it was unpacked to.</param>
/// <param name="Files">The names of its files that are run.</param>
internal sealed record ShippedPackage(string Id, string Version, string Folder, IReadOnlyList<string> Files)
{
    private static readonly string[] Kinds = ["runtime", "native", "runtimeTargets"];

    /// <summary>The package's metadata.</summary>
    public NuspecReader Nuspec { get; } = new(Directory.GetFiles(Folder, "*.nuspec").Single());

    /// <summary>Reads which packages a program includes.</summary>
    /// <param name="dependencies">The program's <c>.deps.json</c>.</param>
    /// <param name="packageFolders">The folders that NuGet unpacks to.</param>
    public static IReadOnlyList<ShippedPackage> ReadAll(string dependencies, IReadOnlyList<string> packageFolders)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(dependencies));
        JsonElement libraries = document.RootElement.GetProperty("libraries");
        var packages =
            from library in document.RootElement.GetProperty("targets").EnumerateObject().Single().Value.EnumerateObject()
            let about = libraries.GetProperty(library.Name)
            let files = RunFiles(library.Value)
            where about.GetProperty("type").ValueEquals("package") && files.Count > 0
            let name = library.Name.Split('/')
            orderby name[0]
            select new ShippedPackage(name[0], name[1], Find(about.GetProperty("path").GetString()!, packageFolders), files);
        return [.. packages];
    }

    /// <summary>Reads a package from which some files are used.</summary>
    /// <param name="folder">The folder that NuGet unpacked it to.</param>
    /// <param name="files">The paths of the files.</param>
    public static ShippedPackage Read(string folder, IEnumerable<string> files)
    {
        PackageIdentity identity = new NuspecReader(Directory.GetFiles(folder, "*.nuspec").Single()).GetIdentity();
        string[] names = [.. files.Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        return new ShippedPackage(identity.Id, identity.Version.ToNormalizedString(), folder, names);
    }

    /// <summary>The package's files whose names begin with a prefix, the shortest name first.</summary>
    public IEnumerable<string> FindFiles(params string[] prefixes) => Directory.EnumerateFiles(Folder)
        .Where(path => prefixes.Any(prefix => Path.GetFileName(path).StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
        .OrderBy(path => path.Length);

    private static string Find(string path, IReadOnlyList<string> packageFolders) =>
        packageFolders.Select(folder => Path.Combine(folder, path)).FirstOrDefault(Directory.Exists)
        ?? throw new DirectoryNotFoundException($"The package {path} is in none of {string.Join(", ", packageFolders)}.");

    private static List<string> RunFiles(JsonElement library) =>
    [
        .. Kinds
            .SelectMany(kind => library.TryGetProperty(kind, out JsonElement files) ? files.EnumerateObject() : default)
            .Select(file => Path.GetFileName(file.Name))
            .Where(name => Path.GetExtension(name) is ".dll" or ".so" or ".dylib")
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];
}
