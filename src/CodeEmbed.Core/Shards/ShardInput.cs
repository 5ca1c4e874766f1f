using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Shards;

/// <summary>One of the inputs of a run that is divided into shards, as it was when the shard was planned.</summary>
/// <param name="Name">The name of the file or folder, without the folders that it is in: these differ between machines.</param>
/// <param name="Path">Its full path.</param>
/// <param name="Size">How many bytes it has.</param>
/// <param name="LastWrite">When it was last written, in UTC; <see langword="null"/> if that means nothing.</param>
/// <param name="Digest">
///   64 hexadecimal digits. For a file: the SHA-256 of its length and of <see cref="SampleCount"/> pieces of it. For a folder:
///   that of the paths and lengths of its files.
/// </param>
internal sealed record ShardInput(string Name, string Path, long Size, DateTime? LastWrite, string Digest)
{
    /// <summary>How many pieces of a file are read for its digest; each has <see cref="SampleLength"/> bytes.</summary>
    public const int SampleCount = 64;

    /// <summary>How many bytes a piece has.</summary>
    public const int SampleLength = 4096;

    /// <summary>Describes a file.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="size">How many bytes it has.</param>
    /// <param name="lastWrite">When it was last written.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ShardInput Of(string path, long size, DateTime? lastWrite)
    {
        using SafeFileHandle handle = File.OpenHandle(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using IncrementalHash hash = Start(size);
        byte[] piece = new byte[SampleLength];
        for (int i = 0; i < SampleCount; i++)
        {
            // Pieces that overlap, in a short file, do no harm: the same ones are read on every machine.
            long offset = (long)((Int128)Math.Max(0, size - SampleLength) * i / (SampleCount - 1));
            int length = 0;
            while (length < piece.Length && RandomAccess.Read(handle, piece.AsSpan(length), offset + length) is > 0 and var read)
                length += read;

            hash.AppendData(piece, 0, length);
        }

        return new ShardInput(
            System.IO.Path.GetFileName(path), path, size, lastWrite,
            Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Describes a folder, or one file of code, by the files that are read from it.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="files">The files, in order, each with its length.</param>
    public static ShardInput OfFolder(string path, IEnumerable<(string Path, long Length)> files)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long size = 0;
        foreach ((string file, long length) in files)
        {
            string within = System.IO.Path.GetRelativePath(path, file).Replace('\\', '/');
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant($"{length} {within}\0")));
            size += length;
        }

        string name = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(path));
        return new ShardInput(name, path, size, LastWrite: null, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Whether both are the same input, perhaps on different machines.</summary>
    public bool IsSameAs(ShardInput other) => Name == other.Name && Size == other.Size && Digest == other.Digest;

    private static IncrementalHash Start(long size)
    {
        IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.ASCII.GetBytes(size.ToString(CultureInfo.InvariantCulture) + "\n"));
        return hash;
    }
}
