using System.Text.Json;
using CodeEmbed.ModelFiles;

namespace CodeEmbed.Hub.Cache;

/// <summary>
///   Keeps the Hub's listing of a commit next to the commit, as huggingface_hub does (its _tree_cache.py). A commit never
///   changes.
/// </summary>
internal static class CommitListing
{
    private const int FormatVersion = 1;
    private const string VersionKey = "format_version", FilesKey = "files", SizeKey = "size", GitHashKey = "blob_id";
    private const string LargeHashKey = "lfs_sha256", LargeSizeKey = "lfs_size", XetHashKey = "xet_hash";

    /// <summary>Reads a listing.</summary>
    /// <param name="path">Its file.</param>
    /// <returns>The files by their paths, or <see langword="null"/> if there is no readable listing.</returns>
    public static IReadOnlyDictionary<string, HubFile>? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonFile.ReadObject<Dictionary<string, HubFile>?>(path, Read) : null;
        }
        catch (Exception e) when (
            e is ModelFormatException or IOException or UnauthorizedAccessException or KeyNotFoundException or FormatException)
        {
            // It can be fetched again.
            return null;
        }
    }

    /// <summary>Keeps a listing. If it cannot be written, it is fetched again the next time.</summary>
    /// <param name="path">Its file, whose folder exists.</param>
    /// <param name="files">The files.</param>
    public static void Write(string path, IEnumerable<HubFile> files)
    {
        using var content = new MemoryStream();
        using (var writer = new Utf8JsonWriter(content, new JsonWriterOptions { Indented = true, IndentSize = 1 }))
        {
            writer.WriteStartObject();
            writer.WriteNumber(VersionKey, FormatVersion);
            writer.WriteStartObject(FilesKey);
            foreach (HubFile file in files.OrderBy(file => file.Path, StringComparer.Ordinal))
                Write(writer, file);

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        CachedContent.WriteWhole(path, System.Text.Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length));
    }

    private static Dictionary<string, HubFile>? Read(JsonElement root)
    {
        if (root.GetProperty(VersionKey).GetInt32() != FormatVersion)
            return null;

        var files = new Dictionary<string, HubFile>();
        foreach (JsonProperty file in root.GetProperty(FilesKey).EnumerateObject())
        {
            string? largeHash = file.Value.TryGetProperty(LargeHashKey, out JsonElement large) ? large.GetString() : null;
            string hash = largeHash ?? file.Value.GetProperty(GitHashKey).GetString()!;
            files[file.Name] = new HubFile(file.Name, file.Value.GetProperty(SizeKey).GetInt64(), hash);
        }

        return files;
    }

    private static void Write(Utf8JsonWriter writer, HubFile file)
    {
        writer.WriteStartObject(file.Path);
        writer.WriteNumber(SizeKey, file.Size);
        writer.WriteString(GitHashKey, file.GitHash ?? file.Hash);
        if (file.IsLarge)
        {
            writer.WriteString(LargeHashKey, file.Hash);
            writer.WriteNumber(LargeSizeKey, file.Size);
        }

        if (file.XetHash is not null)
            writer.WriteString(XetHashKey, file.XetHash);

        writer.WriteEndObject();
    }
}
