namespace CodeEmbed.Tests.Staged;

/// <summary>
///   Creates a Hub cache in which the small model stands in for microsoft/codebert-base, so that nothing is downloaded.
/// </summary>
internal static class CachedModel
{
    /// <summary>The name of the model.</summary>
    public const string Name = "microsoft/codebert-base";

    /// <summary>Its only commit.</summary>
    public const string Commit = "3b0952feddeffad0063f274080e3c23d75e7eb39";

    /// <summary>Creates the cache, and returns its folder.</summary>
    public static string WriteCache(TemporaryFolder folder)
    {
        string cache = folder.File("hub"), repository = Path.Combine(cache, "models--microsoft--codebert-base");
        Directory.CreateDirectory(Path.Combine(repository, "snapshots"));
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        folder.CopyFolder(
            Repository.Fixture("tiny-roberta-bare"),
            Path.Combine("hub", "models--microsoft--codebert-base", "snapshots", Commit));
        File.WriteAllText(Path.Combine(repository, "refs", "main"), Commit);

        // Marks the files that the commit does not have. Without these marks, that could not be known offline.
        string absences = Path.Combine(repository, ".no_exist", Commit);
        Directory.CreateDirectory(absences);
        string[] absent =
            ["modules.json", "tokenizer.json", "special_tokens_map.json", "tokenizer_config.json", "added_tokens.json"];
        foreach (string name in absent)
            File.WriteAllText(Path.Combine(absences, name), string.Empty);

        return cache;
    }
}
