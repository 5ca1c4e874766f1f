namespace CodeEmbed.Tests;

/// <summary>A folder that is deleted with its content.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>The folder's path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("codeembed-tests-").FullName;

    /// <summary>The path of a file in the folder, which need not exist.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name.Replace('/', System.IO.Path.DirectorySeparatorChar));

    /// <summary>Writes a file with these lines, each terminated by LF, and returns its path.</summary>
    public string WriteLines(string name, params string[] lines)
    {
        string path = File(name);
        System.IO.File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")));
        return path;
    }

    /// <summary>Copies a fixture folder under a unique name, and returns its path.</summary>
    public string CopyFolder(string source, string name)
    {
        string target = File(name);
        Directory.CreateDirectory(target);
        foreach (string file in Directory.GetFiles(source))
            System.IO.File.Copy(file, System.IO.Path.Combine(target, System.IO.Path.GetFileName(file)));

        foreach (string folder in Directory.GetDirectories(source))
            CopyFolder(folder, System.IO.Path.Combine(target, System.IO.Path.GetFileName(folder)));

        return target;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
