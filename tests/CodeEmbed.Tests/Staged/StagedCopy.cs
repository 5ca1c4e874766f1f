using System.Buffers.Binary;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace CodeEmbed.Tests.Staged;

/// <summary>Copies of the staged module, without the engine and the models, which an import does not load.</summary>
internal static class StagedCopy
{
    /// <summary>Creates a copy, and returns its manifest.</summary>
    public static string OfSameVersion(TemporaryFolder folder) =>
        folder.CopyFolder(Repository.StagedModule, "copy") + "/CodeEmbed.psd1";

    /// <summary>Creates a copy whose manifest and assemblies have the version 99.0.0, and returns its manifest.</summary>
    public static string OfAnotherVersion(TemporaryFolder folder)
    {
        string copy = folder.CopyFolder(Repository.StagedModule, "99.0.0"), manifest = Path.Combine(copy, "CodeEmbed.psd1");
        string version = Path.GetFileName(Repository.StagedModule);
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace($"'{version}'", "'99.0.0'", StringComparison.Ordinal));
        foreach (string assembly in Directory.GetFiles(copy, "*.dll"))
            SetAssemblyVersion(assembly);

        return manifest;
    }

    private static void SetAssemblyVersion(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        using var file = new PEReader(new MemoryStream(bytes));

        // ECMA-335, II.22.2: the table's only row has the hash algorithm in four bytes, then the version in four times two bytes.
        int row = file.PEHeaders.MetadataStartOffset + file.GetMetadataReader().GetTableMetadataOffset(TableIndex.Assembly);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(row + 4), 99);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(row + 6), 0);
        File.WriteAllBytes(path, bytes);
    }
}
