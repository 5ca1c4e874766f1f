using System.IO.Compression;
using System.Runtime.InteropServices;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Creates files like torch.save: a zip archive with the pickle and the storages.</summary>
internal static class TorchArchive
{
    /// <summary>The values 0, 1, 2, …, as the bytes of a storage.</summary>
    public static byte[] Numbers(int count) =>
        MemoryMarshal.AsBytes<float>([.. Enumerable.Range(0, count).Select(number => (float)number)]).ToArray();

    /// <summary>An archive with one storage.</summary>
    public static byte[] Build(byte[] pickle, byte[] storage) => Build(("archive/data.pkl", pickle), ("archive/data/0", storage));

    /// <summary>An archive of these entries, stored uncompressed.</summary>
    public static byte[] Build(params (string Name, byte[] Bytes)[] entries) => Build(CompressionLevel.NoCompression, entries);

    /// <summary>An archive of these entries.</summary>
    public static byte[] Build(CompressionLevel level, params (string Name, byte[] Bytes)[] entries)
    {
        var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                using Stream entry = archive.CreateEntry(name, level).Open();
                entry.Write(bytes);
            }
        }

        return file.ToArray();
    }
}
