using CodeEmbed.Hub.Cache;

namespace CodeEmbed.Hub.Files;

/// <summary>Which files of a repository are needed to run the model in it.</summary>
/// <param name="Paths">
///   The files, in the order in which they are to be fetched: the weights come last, so that where they are, the rest is too.
/// </param>
/// <param name="Problem">What is missing, as sentences; <see langword="null"/> where nothing is.</param>
internal sealed record NeededFiles(IReadOnlyList<string> Paths, string? Problem)
{
    private const string Config = "config.json", Tokenizer = "tokenizer.json", Vocabulary = "vocab.json", Merges = "merges.txt";

    /// <summary>What describes a model beside its weights, where the repository has it.</summary>
    public static IReadOnlyList<string> Descriptions { get; } =
    [
        Config, Tokenizer, Vocabulary, Merges, "special_tokens_map.json", "tokenizer_config.json", "added_tokens.json",
        SentenceModules.FileName, "config_sentence_transformers.json", "sentence_bert_config.json",
    ];

    /// <summary>The files that must be read before <see cref="Choose"/> can tell the others.</summary>
    /// <param name="listing">The paths of the repository.</param>
    public static IReadOnlyList<string> ReadFirst(IReadOnlySet<string> listing)
    {
        IEnumerable<string> names = Descriptions.Where(listing.Contains);
        return [.. ModelWeights.FindIndex(listing) is { } index ? names.Append(index) : names];
    }

    /// <summary>Tells which files are needed.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="read">Opens a file that <see cref="ReadFirst"/> names.</param>
    public static NeededFiles Choose(IReadOnlySet<string> listing, Func<string, Stream> read)
    {
        try
        {
            IReadOnlyList<string> modules = listing.Contains(SentenceModules.FileName) ? SentenceModules.FindFiles(listing, read) : [];
            IReadOnlyList<string> weights = ModelWeights.FindFiles(listing, read);
            string[] paths = [.. ReadFirst(listing).Concat(modules).Concat(weights).Distinct()];
            return new NeededFiles(paths, FindProblem(listing, paths, weights));
        }
        catch (HubAnswerException e)
        {
            return new NeededFiles([], e.Message);
        }
    }

    /// <summary>Tells which files of a folder are needed.</summary>
    /// <param name="folder">The folder.</param>
    public static NeededFiles In(string folder)
    {
        try
        {
            return Choose(SnapshotListing.Read(folder).ToHashSet(), path => File.OpenRead(Path.Combine(folder, RepositoryFolder.Local(path))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new NeededFiles([], e.Message);
        }
    }

    private static string? FindProblem(IReadOnlySet<string> listing, string[] paths, IReadOnlyList<string> weights)
    {
        if (weights.Count == 0)
            return $"it has no weights that can be read: {string.Join(", ", ModelWeights.Names)}. Give another model.";

        if (!ModelWeights.IsOnnx(weights[^1]) && !listing.Contains(Config))
            return $"it has no {Config}, which says how the model is built. Give another model.";

        if (!listing.Contains(Tokenizer) && !(listing.Contains(Vocabulary) && listing.Contains(Merges)))
            return $"it has no tokenizer that can be read: {Tokenizer}, or {Vocabulary} and {Merges}. Give another model.";

        return paths.FirstOrDefault(path => !listing.Contains(path)) is { } missing ? $"it names the file {missing} and does not have it. Give another model or revision." : null;
    }
}
