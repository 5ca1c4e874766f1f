using System.Text.Json;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Faults;

/// <summary>
///   A small disk in memory that only a separate process and its children see. It requires no administrator rights.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Where the disk is mounted.</summary>
    public string Path => Directory.CreateDirectory(_folder.File("disk")).FullName;

    /// <summary>A folder outside the disk for files that a script copies from it.</summary>
    public string Copies(string name) => Directory.CreateDirectory(_folder.File(name)).FullName;

    /// <summary>Runs a shell script that sees the disk, whose root has <c>out.jsonl</c> with <c>before</c> in it.</summary>
    /// <param name="size">The size of the disk, in the format of mount.</param>
    /// <param name="script">
    ///   The script: in it, <c>run</c> runs a line in the host, <c>$disk</c> is the disk, and <c>keep</c> copies its files.
    /// </param>
    /// <returns>The output of the script.</returns>
    public async Task<string> RunAsync(string size, string script)
    {
        string unshare = "/usr/bin/unshare", mount = $"mount -t tmpfs -o size={size} tmpfs '{Path}'";
        Assert.SkipUnless(
            File.Exists(unshare) && (await ChildProcess.RunAsync(_folder.Path, unshare, "-rm", "sh", "-c", mount)).ExitCode == 0,
            "No disk can be mounted on this machine.");
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

    /// <summary>Checks that a file consists of whole lines of JSON, and returns their number.</summary>
    public static int CountWholeLines(string file)
    {
        string text = File.ReadAllText(file);
        Assert.True(text.Length == 0 || text[^1] == '\n', "The last line is not terminated.");
        return InputFiles.Column(file, "id").Count(id => id.ValueKind is JsonValueKind.String or JsonValueKind.Null);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
