using System.Text.Json;

namespace CodeEmbed.Benchmarks;

/// <summary>The input of the benchmarks: the sources in this repository, one snippet per file.</summary>
internal static class Corpus
{
    /// <summary>The snippets, in the order of their paths.</summary>
    public static IReadOnlyList<CodeSnippet> Snippets { get; } = [.. Find()];

    /// <summary>The model that comes with the module, whose tokenizer is benchmarked.</summary>
    public static string Model { get; } = Path.Combine(Root, "module", "models", "codeembed-mini");

    /// <summary>Writes records of JSON Lines with the snippets, repeated until there are enough.</summary>
    public static void Write(Stream stream, int records)
    {
        for (int i = 0; i < records; i++)
        {
            CodeSnippet snippet = Snippets[i % Snippets.Count];
            JsonSerializer.Serialize(stream, new
            {
                id = $"{i}:{snippet.Id}",
                file_path = snippet.FilePath,
                language = snippet.Language,
                content = snippet.Content,
                chunk_type = snippet.ChunkType,
                metadata = snippet.Metadata,
            });
            stream.Write("\n"u8);
        }
    }

    // BenchmarkDotNet runs each benchmark from a separate folder below the one that it was started from.
    private static string Root
    {
        get
        {
            for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "CodeEmbed.psd1")))
                    return folder.FullName;
            }

            throw new InvalidOperationException("The benchmarks are not in a checkout.");
        }
    }

    private static IEnumerable<CodeSnippet> Find()
    {
        string sources = Path.Combine(Root, "src");
        return Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories)
            .Select(path => (FullPath: path, Name: Path.GetRelativePath(sources, path).Replace('\\', '/')))
            .Where(file => !file.Name.Contains("/obj/", StringComparison.Ordinal))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => new CodeSnippet
            {
                Id = file.Name,
                FilePath = "src/" + file.Name,
                Language = "csharp",
                Content = File.ReadAllText(file.FullPath),
                ChunkType = "file",
                Metadata = new Dictionary<string, object> { ["bytes"] = new FileInfo(file.FullPath).Length },
            });
    }
}
