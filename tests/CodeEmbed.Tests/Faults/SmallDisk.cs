using System.Text.Json;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Faults;

/// <summary>
///   A small disk in memory, which only a process of its own and its children see; it takes no rights of an administrator.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Where the disk is mounted.</summary>
    public string Path => Directory.CreateDirectory(_folder.File("disk")).FullName;

    /// <summary>A folder outside of the disk, for what a script copies from it.</summary>
    public string Copies(string name) => Directory.CreateDirectory(_folder.File(name)).FullName;

    /// <summary>Runs a shell script that sees the disk, whose root has <c>out.jsonl</c> with <c>before</c> in it.</summary>
    /// <param name="size">How much the disk holds, as mount has it.</param>
    /// <param name="script">
    ///   The script: in it, <c>run</c> runs a line in the host, <c>$disk</c> is the disk, and <c>keep</c> copies what is on it.
    /// </param>
    /// <returns>What it wrote.</returns>
    public async Task<string> RunAsync(string size, string script)
    {
        string unshare = "/usr/bin/unshare", mount = $"mount -t tmpfs -o size={size} tmpfs '{Path}'";
        Assert.SkipUnless(
            File.Exists(unshare) && (await ChildProcess.RunAsync(_folder.Path, unshare, "-rm", "sh", "-c", mount)).ExitCode == 0,
            "No disk can be mounted here.");
        string text = $$"""
            {{mount}} || exit 99
            disk='{{Path}}'
            run() { dotnet '{{Repository.HostAssembly}}' "$1"; }
            keep() { mkdir -p '{{_folder.Path}}'/"$1" && cp "$disk"/* '{{_folder.Path}}'/"$1"; }
            printf before > "$disk/out.jsonl"
            {{script}}
            """;
        var result = await ChildProcess.RunAsync(_folder.Path, unshare, "-rm", "sh", "-c", text);
        Assert.NotEqual(99, result.ExitCode);
        return result.Output + result.Error;
    }

    /// <summary>Checks that a file is whole lines of JSON, and returns how many.</summary>
    public static int CountWholeLines(string file)
    {
        string text = File.ReadAllText(file);
        Assert.True(text.Length == 0 || text[^1] == '\n', "The last line has no end.");
        return InputFiles.Column(file, "id").Count(id => id.ValueKind is JsonValueKind.String or JsonValueKind.Null);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
