using System.Security.Cryptography;

namespace CodeEmbed.Shards;

/// <summary>A file of rejected records that belongs to a shard, as it was when the shard was done.</summary>
/// <param name="Path">
///   Its path: from the folder of the shard's output, if it is in there; otherwise the full path.
/// </param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="Sha256">The SHA-256 of its bytes: 64 hexadecimal digits.</param>
internal sealed record RejectFile(string Path, long Length, string Sha256)
{
    /// <summary>Describes a file.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="file">The file, from its start.</param>
    /// <param name="output">The shard's output.</param>
    public static RejectFile Of(string path, Stream file, string output)
    {
        string relative = System.IO.Path.GetRelativePath(System.IO.Path.GetDirectoryName(output)!, path);
        bool isInside = !System.IO.Path.IsPathRooted(relative) && !relative.StartsWith("..", StringComparison.Ordinal);
        return new RejectFile(
            isInside ? relative.Replace('\\', '/') : path, file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    /// <summary>Where the file is.</summary>
    /// <param name="output">The shard's output, which may have been moved together with it.</param>
    public string FullPath(string output) =>
        System.IO.Path.GetFullPath(Path, System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(output))!);
}
