using System.Buffers.Binary;
using System.Text;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Onnx.Checkpoints.Torch;

/// <summary>Finds where the entries of a zip archive are in the file.</summary>
/// <remarks>
///   System.IO.Compression does not expose this, and weights are used in place. Field offsets are from PKWARE's
///   APPNOTE.TXT 6.3, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (its end), 4.5.3 (zip64).
/// </remarks>
internal static class ZipDirectory
{
    private const uint LocalHeader = 0x04034b50, CentralHeader = 0x02014b50, EndRecord = 0x06054b50;
    private const uint Zip64EndRecord = 0x06064b50, Zip64Locator = 0x07064b50;
    private const int LocalHeaderLength = 30, CentralHeaderLength = 46, EndRecordLength = 22;
    private const int Zip64EndLength = 56, Zip64LocatorLength = 20;
    private const ushort Stored = 0, Zip64Extra = 1;

    /// <summary>Reads the directory of an archive.</summary>
    /// <returns>The entries by their names.</returns>
    /// <exception cref="ModelFormatException">The archive is damaged or cut short, or an entry is compressed.</exception>
    public static Dictionary<string, ZipEntry> Read(MappedFile file)
    {
        (long position, long count) = FindDirectory(file);
        var entries = new Dictionary<string, ZipEntry>();
        for (long i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = Record(file, position, CentralHeaderLength, CentralHeader);
            int nameLength = UInt16(header, 28), extraLength = UInt16(header, 30), commentLength = UInt16(header, 32);
            ReadOnlySpan<byte> nameAndExtra = Bytes(file, position + CentralHeaderLength, nameLength + extraLength);
            string name = Encoding.UTF8.GetString(nameAndExtra[..nameLength]);
            if (UInt16(header, 10) != Stored)
            {
                throw new ModelFormatException(
                    $"{MessageText.Quote(name)} in {file.Name} is compressed, which torch.save never does. Save the file again "
                    + "with torch.save.");
            }

            entries[name] = Locate(file, header, nameAndExtra[nameLength..]);
            position += CentralHeaderLength + nameLength + extraLength + commentLength;
        }

        return entries;
    }

    private static (long Position, long Count) FindDirectory(MappedFile file)
    {
        // The end record is at the end of the file, followed only by a comment of at most 65,535 bytes.
        long last = file.Length - EndRecordLength;
        for (long position = last; position >= 0 && position >= last - ushort.MaxValue; position--)
        {
            ReadOnlySpan<byte> end = file.Bytes(position, EndRecordLength);
            if (UInt32(end, 0) != EndRecord)
                continue;

            long locator = position - Zip64LocatorLength;
            if (locator >= 0 && UInt32(file.Bytes(locator, Zip64LocatorLength), 0) == Zip64Locator)
            {
                ReadOnlySpan<byte> zip64 = Record(
                    file, Int64(file.Bytes(locator, Zip64LocatorLength), 8), Zip64EndLength, Zip64EndRecord);
                return (Int64(zip64, 48), Int64(zip64, 32));
            }

            return (UInt32(end, 16), UInt16(end, 10));
        }

        throw Damaged(file);
    }

    private static ZipEntry Locate(MappedFile file, ReadOnlySpan<byte> header, ReadOnlySpan<byte> extra)
    {
        long length = UInt32(header, 24), local = UInt32(header, 42);
        ReadOnlySpan<byte> zip64 = FindZip64Extra(extra);
        if (length == uint.MaxValue)
            length = TakeInt64(file, ref zip64);

        if (UInt32(header, 20) == uint.MaxValue)
            TakeInt64(file, ref zip64);

        if (local == uint.MaxValue)
            local = TakeInt64(file, ref zip64);

        // The local header has its own lengths, and its extra field pads the data to torch's alignment.
        ReadOnlySpan<byte> localHeader = Record(file, local, LocalHeaderLength, LocalHeader);
        long offset = local + LocalHeaderLength + UInt16(localHeader, 26) + UInt16(localHeader, 28);
        return file.Contains(offset, length) ? new ZipEntry(offset, length) : throw Damaged(file);
    }

    private static ReadOnlySpan<byte> FindZip64Extra(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int length = Math.Min(UInt16(extra, 2), extra.Length - 4);
            if (UInt16(extra, 0) == Zip64Extra)
                return extra.Slice(4, length);

            extra = extra[(4 + length)..];
        }

        return [];
    }

    private static long TakeInt64(MappedFile file, ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(long))
            throw Damaged(file);

        long value = Int64(bytes, 0);
        bytes = bytes[sizeof(long)..];
        return value;
    }

    private static ReadOnlySpan<byte> Record(MappedFile file, long position, int length, uint signature)
    {
        ReadOnlySpan<byte> record = Bytes(file, position, length);
        return UInt32(record, 0) == signature ? record : throw Damaged(file);
    }

    private static ReadOnlySpan<byte> Bytes(MappedFile file, long position, int length) =>
        file.Contains(position, length) ? file.Bytes(position, length) : throw Damaged(file);

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt64LittleEndian(bytes[offset..]);

    private static ModelFormatException Damaged(MappedFile file) =>
        new($"{file.Name} is a zip archive that is damaged or cut short.");
}

/// <summary>Where the data of an uncompressed entry is in a zip archive.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its length in bytes.</param>
internal sealed record ZipEntry(long Offset, long Length);
