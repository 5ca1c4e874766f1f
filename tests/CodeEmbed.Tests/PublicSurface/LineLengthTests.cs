using Xunit;

namespace CodeEmbed.Tests.PublicSurface;

/// <summary>Manually written files in the repository have lines of a limited length.</summary>
public sealed class LineLengthTests : IDisposable
{
    private const int Longest = 130;

    /// <summary>The extensions of manually written files. Programs write data, lists of packages and the solution.</summary>
    private static readonly string[] Written =
    [
        ".c", ".cs", ".csproj", ".css", ".editorconfig", ".gitattributes", ".gitignore", ".html", ".js", ".md", ".mjs", ".props",
        ".ps1", ".ps1xml", ".psd1", ".psm1", ".py", ".sh", ".sql", ".targets", ".yml",
    ];

    /// <summary>Files without an extension, and a file whose extension is also used for data.</summary>
    private static readonly string[] WrittenNames = ["run", "global.json"];

    /// <summary>A page that the commands in the README write.</summary>
    private const string MapOfReadme = "map.html";

    /// <summary>
    ///   Folders without manually written files: the outputs of builds, tests, benchmarks and editors (as in .gitignore), and
    ///   fixtures, which are compared byte for byte with the programs that created them.
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
    public void Characters_are_counted_in_manually_written_files_and_not_in_data_or_build_outputs()
    {
        string most = string.Concat(Enumerable.Repeat("é😀", Longest / 2));
        Directory.CreateDirectory(_folder.File("bin"));
        File.WriteAllText(_folder.File("a.cs"), $"x\n{most}\r\n{most}x\n");
        File.WriteAllText(_folder.File("bin/b.cs"), most + "x");
        File.WriteAllText(_folder.File("c.jsonl"), most + "x");

        Assert.Equal(["a.cs:3: 131"], Files(_folder.Path).SelectMany(file => LongLines(_folder.Path, file)));
    }

    /// <summary>The manually written files, as paths relative to a folder.</summary>
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

    /// <summary>The included models are fixed byte for byte: changing a model card would change the model.</summary>
    private static bool IsModels(string folder) => folder == Path.Combine("module", "models");

    /// <summary>A checkout inside this one, such as a work tree, has its own test.</summary>
    private static bool IsCheckout(FileSystemInfo folder) => Path.Exists(Path.Combine(folder.FullName, ".git"));

    private static IEnumerable<string> LongLines(string root, string file) =>
        from line in File.ReadLines(Path.Combine(root, file)).Index()
        let length = line.Item.EnumerateRunes().Count()
        where length > Longest
        select $"{file}:{line.Index + 1}: {length}";
}
