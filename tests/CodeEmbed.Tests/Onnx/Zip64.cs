using System.Buffers.Binary;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   Converts small zip archives to the format of large ones: PKWARE's APPNOTE.TXT 6.3, sections 4.3.14, 4.3.15, 4.5.3.
/// </summary>
internal static class Zip64
{
    private const int EndLength = 22, CentralLength = 46;

    /// <summary>Moves every size and offset in the directory of an archive to 64-bit fields.</summary>
    public static byte[] From(byte[] archive)
    {
        ReadOnlySpan<byte> end = archive.AsSpan(^EndLength..);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]), directory = BinaryPrimitives.ReadInt32LittleEndian(
            end[16..]);
        var file = new List<byte>(archive[..directory]);
        int position = directory;
        for (int i = 0; i < count; i++)
            position += AddEntry(file, archive.AsSpan(position));

        long length = file.Count - directory, endPosition = file.Count;
        file.AddRange([.. Int32(0x06064b50), .. Int64(44), 45, 0, 45, 0, .. Int32(0), .. Int32(0)]);
        file.AddRange([.. Int64(count), .. Int64(count), .. Int64(length), .. Int64(directory)]);
        file.AddRange([.. Int32(0x07064b50), .. Int32(0), .. Int64(endPosition), .. Int32(1)]);
        file.AddRange([.. Int32(0x06054b50), 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, .. Int32(-1), .. Int32(-1), 0, 0]);
        return [.. file];
    }

    /// <summary>
    ///   Adds a directory entry, and returns the length of the original entry, which has no extra field.
    /// </summary>
    private static int AddEntry(List<byte> file, ReadOnlySpan<byte> entry)
    {
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(entry[28..]);
        byte[] header = entry[..(CentralLength + nameLength)].ToArray();
        int length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(24)), local = BinaryPrimitives.ReadInt32LittleEndian(
            header.AsSpan(42));
        header.AsSpan(20, 8).Fill(0xFF);
        header.AsSpan(42, 4).Fill(0xFF);

        // First an extra field of another kind, then the 64-bit one: uncompressed size, compressed size, offset.
        byte[] extra = [0x55, 0x54, 1, 0, 0, 1, 0, 24, 0, .. Int64(length), .. Int64(length), .. Int64(local)];
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(30), (ushort)extra.Length);
        file.AddRange([.. header, .. extra]);
        return CentralLength + nameLength;
    }

    private static byte[] Int32(int value)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Int64(long value)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
