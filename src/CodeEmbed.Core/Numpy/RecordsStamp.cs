using System.Security.Cryptography;
using CodeEmbed.Files;

namespace CodeEmbed.Numpy;

/// <summary>Says which records belong to a file of vectors: the file next to it that <c>docs/formats.md</c> describes.</summary>
/// <param name="Format">The version of the file's format.</param>
/// <param name="Records">The name of the file of records.</param>
/// <param name="Count">How many records there are.</param>
/// <param name="Sha256">The SHA-256 of the file of records, in hexadecimal digits.</param>
/// <param name="Length">How many bytes that file has.</param>
/// <param name="LastWrite">When it was last written, in UTC; <see langword="null"/> if that is unknown.</param>
internal sealed record RecordsStamp(
    int Format, string Records, long Count, string Sha256, long Length = 0, DateTime? LastWrite = null) : IDescription
{
    private const int CurrentFormat = 1, BlockLength = 1024 * 1024;

    private static readonly DescriptionFormat<RecordsStamp> Json = new(CurrentFormat, maxLength: 64 * 1024);

    /// <summary>Describes a file of records.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static RecordsStamp Of(string records)
    {
        using FileStream file = new(
            records, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return Of(file, Path.GetFileName(records));
    }

    /// <summary>Describes records that are read from a file's position.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Its name.</param>
    public static RecordsStamp Of(Stream file, string name)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[BlockLength];
        long count = 0;
        bool isEnded = true;
        while (file.Read(block) is > 0 and var read)
        {
            ReadOnlySpan<byte> bytes = block.AsSpan(0, read);
            hash.AppendData(bytes);
            count += bytes.Count((byte)'\n');
            isEnded = bytes[^1] == '\n';
        }

        return Make(name, isEnded ? count : count + 1, hash);
    }

    /// <summary>Describes records whose bytes have been hashed.</summary>
    public static RecordsStamp Make(string name, long count, IncrementalHash hash) =>
        new(CurrentFormat, name, count, Convert.ToHexStringLower(hash.GetHashAndReset()));

    /// <summary>Reads the stamp next to a file of vectors; <see langword="null"/> if the file has no stamp.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or a later version wrote it.</exception>
    public static RecordsStamp? Load(string vectors)
    {
        string path = NumpyFiles.StampFor(vectors);
        if (!File.Exists(path) && File.ResolveLinkTarget(vectors, returnFinalTarget: true) is { } target)
            path = NumpyFiles.StampFor(target.FullName);

        if (!File.Exists(path))
            return null;

        return Read(path, out string problem) ?? throw new InvalidDataException(
            $"'{path}', which says which records belong to it, cannot be read: {problem}. If the files do belong together, "
            + $"remove '{Path.GetFileName(path)}'.");
    }

    /// <summary>Reads a stamp; <see langword="null"/> if it is damaged, or a later version wrote it.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static RecordsStamp? Read(string path, out string problem)
    {
        using FileStream file = File.OpenRead(path);
        return Json.Read(file, out problem);
    }

    /// <inheritdoc/>
    public bool IsWhole() => this is { Format: > 0, Records: not null, Sha256: not null };

    /// <summary>
    ///   Whether a file has the length and the time of the records that were written: then it is the same, and need not be
    ///   hashed.
    /// </summary>
    public bool IsOfUntouched(string records) =>
        new FileInfo(records) is { Exists: true } file && file.Length == Length && file.LastWriteTimeUtc == LastWrite;

    /// <summary>Writes it.</summary>
    public void Write(Stream file) => Json.Write(this, file);
}
