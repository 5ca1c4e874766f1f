using Xunit;

namespace CodeEmbed.Tests.PublicSurface;

/// <summary>What people write in the repository has lines that fit beside each other on a screen.</summary>
public sealed class LineLengthTests : IDisposable
{
    private const int Longest = 130;

    /// <summary>The kinds of files that people write. Data, lists of packages and the solution are written by programs.</summary>
    private static readonly string[] Written =
    [
        ".c", ".cs", ".csproj", ".css", ".editorconfig", ".gitattributes", ".gitignore", ".html", ".js", ".md", ".mjs", ".props",
        ".ps1", ".ps1xml", ".psd1", ".psm1", ".py", ".sh", ".sql", ".targets", ".yml",
    ];

    /// <summary>Files without an extension, and one whose extension data has too.</summary>
    private static readonly string[] WrittenNames = ["run", "global.json"];

    /// <summary>A page that the README's lines write.</summary>
    private const string MapOfReadme = "map.html";

    /// <summary>
    ///   Folders without anything that people write: what builds, tests, benchmarks and editors leave (as in .gitignore), and
    ///   fixtures, which are compared byte for byte with what made them.
    /// </summary>
    private static readonly string[] SkippedFolders =
    [
        ".git", ".vs", ".vscode", ".idea", "bin", "obj", "out", "artifacts", "node_modules", "TestResults", "bench-data",
        "BenchmarkDotNet.Artifacts", "Fixtures", "tour",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_line_is_longer_than_130_characters()
    {
        string[] files = [.. Files(Repository.Root)];

        Assert.Contains(Path.Combine("tests", "CodeEmbed.Tests", "PublicSurface", "LineLengthTests.cs"), files);
        Assert.Contains("README.md", files);
        string[] found = [.. files.SelectMany(file => LongLines(Repository.Root, file))];
        Assert.True(found.Length == 0, string.Join('\n', found));
    }

    [Fact]
    public void Characters_are_counted_in_what_people_write_and_not_in_data_or_build_outputs()
    {
        string most = string.Concat(Enumerable.Repeat("é😀", Longest / 2));
        Directory.CreateDirectory(_folder.File("bin"));
        File.WriteAllText(_folder.File("a.cs"), $"x\n{most}\r\n{most}x\n");
        File.WriteAllText(_folder.File("bin/b.cs"), most + "x");
        File.WriteAllText(_folder.File("c.jsonl"), most + "x");

        Assert.Equal(["a.cs:3: 131"], Files(_folder.Path).SelectMany(file => LongLines(_folder.Path, file)));
    }

    /// <summary>The files that people write, as paths from a folder.</summary>
    private static IEnumerable<string> Files(string root, string folder = "")
    {
        var directory = new DirectoryInfo(Path.Combine(root, folder));
        foreach (FileSystemInfo entry in directory.EnumerateFileSystemInfos())
        {
            string path = Path.Combine(folder, entry.Name);
            if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                continue;

            if (entry is not DirectoryInfo)
            {
                bool isWritten = Written.Contains(entry.Extension) || WrittenNames.Contains(entry.Name);
                if (isWritten && path != MapOfReadme)
                    yield return path;
            }
            else if (!SkippedFolders.Contains(entry.Name) && !IsModels(path) && !IsCheckout(entry))
            {
                foreach (string file in Files(root, path))
                    yield return file;
            }
        }
    }

    /// <summary>The models that ship are bound to their bytes: a change of a model card would be one of the model.</summary>
    private static bool IsModels(string folder) => folder == Path.Combine("module", "models");

    /// <summary>A checkout inside this one, such as a work tree, has its own test.</summary>
    private static bool IsCheckout(FileSystemInfo folder) => Path.Exists(Path.Combine(folder.FullName, ".git"));

    private static IEnumerable<string> LongLines(string root, string file) =>
        from line in File.ReadLines(Path.Combine(root, file)).Index()
        let length = line.Item.EnumerateRunes().Count()
        where length > Longest
        select $"{file}:{line.Index + 1}: {length}";
}
