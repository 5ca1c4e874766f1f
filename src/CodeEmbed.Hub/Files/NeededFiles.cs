using CodeEmbed.Hub.Cache;
using CodeEmbed.ModelFiles;

namespace CodeEmbed.Hub.Files;

/// <summary>Which files of a repository are needed to run the model in it.</summary>
/// <param name="Paths">
///   The files, in the order in which they are to be fetched: the weights come last, so that where they are, the rest is too.
/// </param>
/// <param name="Weights">Those of them that hold the weights of the encoder.</param>
/// <param name="Problem">What is missing, as sentences; <see langword="null"/> where nothing is.</param>
internal sealed record NeededFiles(IReadOnlyList<string> Paths, IReadOnlyList<string> Weights, string? Problem)
{
    private const string Config = "config.json", Tokenizer = "tokenizer.json", Vocabulary = "vocab.json", Merges = "merges.txt";
    private const string SentenceConfig = "config_sentence_transformers.json";

    private static readonly string[] AboutModel = [SentenceModules.FileName, SentenceConfig];

    private static readonly string[] AboutEncoder =
    [
        Config, Tokenizer, Vocabulary, Merges, "special_tokens_map.json", "tokenizer_config.json", "added_tokens.json", .. SentenceTransformerFiles.LengthFiles,
    ];

    /// <summary>What describes a model beside its weights, where the repository has it.</summary>
    /// <param name="modules">The parts of the model.</param>
    public static IEnumerable<string> Descriptions(SentenceModules modules) => AboutModel.Concat(AboutEncoder.Select(name => modules.EncoderPrefix + name));

    /// <summary>The files that must be read before <see cref="Choose"/> can tell the others.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="read">Opens <see cref="SentenceModules.FileName"/>.</param>
    /// <exception cref="HubAnswerException">That file is not what it should be; the message says how.</exception>
    public static IReadOnlyList<string> ReadFirst(IReadOnlySet<string> listing, Func<string, Stream> read)
    {
        SentenceModules modules = SentenceModules.Read(listing, read);
        IEnumerable<string> names = Descriptions(modules).Where(listing.Contains);
        return [.. ModelWeights.FindIndex(Under(listing, modules.EncoderPrefix)) is { } index ? names.Append(modules.EncoderPrefix + index) : names];
    }

    /// <summary>Tells which files are needed.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="read">Opens a file that <see cref="ReadFirst"/> names.</param>
    public static NeededFiles Choose(IReadOnlySet<string> listing, Func<string, Stream> read)
    {
        try
        {
            SentenceModules modules = SentenceModules.Read(listing, read);
            string prefix = modules.EncoderPrefix;
            IReadOnlySet<string> encoder = Under(listing, prefix);
            string[] weights = [.. ModelWeights.FindFiles(encoder, path => read(prefix + path)).Select(path => prefix + path)];
            string[] paths = [.. ReadFirst(listing, read).Concat(modules.FindFiles(listing)).Concat(weights).Distinct()];
            return new NeededFiles(paths, weights, FindProblem(encoder, weights) ?? FindMissing(listing, paths));
        }
        catch (HubAnswerException e)
        {
            return new NeededFiles([], [], e.Message);
        }
    }

    /// <summary>Tells which files are needed where some of them are there: the weights may be those of another framework than the first.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="isThere">Whether a file is there.</param>
    /// <param name="read">Opens a file that <see cref="ReadFirst"/> names.</param>
    public static NeededFiles ChooseWithCached(IReadOnlySet<string> listing, Predicate<string> isThere, Func<string, Stream> read)
    {
        NeededFiles first = Choose(listing, read);
        if (first.Problem is not null || first.Weights.All(path => isThere(path)))
            return first;

        NeededFiles other = Choose(listing.Where(path => !ModelWeights.IsWeights(path) || isThere(path)).ToHashSet(), read);
        return other.Problem is null && other.Weights.All(path => isThere(path)) ? other : first;
    }

    /// <summary>Tells which files of a folder are needed.</summary>
    /// <param name="folder">The folder.</param>
    public static NeededFiles In(string folder)
    {
        try
        {
            return Choose(SnapshotListing.Read(folder).ToHashSet(), path => RegularFile.OpenRead(Path.Combine(folder, RepositoryFolder.Local(path))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new NeededFiles([], [], e.Message);
        }
    }

    /// <summary>Whether a file that is not there would change nothing, because another one is there that counts before it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="modules">The parts of the model.</param>
    /// <param name="isThere">Whether a file is there.</param>
    public static bool IsOutranked(string path, SentenceModules modules, Predicate<string> isThere)
    {
        string prefix = modules.EncoderPrefix;
        string name = path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : path;
        if (name is Vocabulary or Merges)
            return isThere(prefix + Tokenizer);

        bool isLength = SentenceTransformerFiles.LengthFiles.Contains(name);
        return (isLength || path == SentenceConfig) && !isThere(SentenceModules.FileName)
            || isLength && SentenceTransformerFiles.LengthFiles.TakeWhile(other => other != name).Any(other => isThere(prefix + other));
    }

    private static IReadOnlySet<string> Under(IReadOnlySet<string> listing, string prefix) => prefix.Length == 0
        ? listing
        : listing.Where(path => path.StartsWith(prefix, StringComparison.Ordinal)).Select(path => path[prefix.Length..]).ToHashSet();

    private static string? FindProblem(IReadOnlySet<string> encoder, string[] weights)
    {
        if (weights.Length == 0)
            return $"it has no weights that can be read: {string.Join(", ", ModelWeights.Names)}. Give another model.";

        if (!ModelWeights.IsOnnx(weights[^1]) && !encoder.Contains(Config))
            return $"it has no {Config}, which says how the model is built. Give another model.";

        return encoder.Contains(Tokenizer) || (encoder.Contains(Vocabulary) && encoder.Contains(Merges))
            ? null
            : $"it has no tokenizer that can be read: {Tokenizer}, or {Vocabulary} and {Merges}. Give another model.";
    }

    private static string? FindMissing(IReadOnlySet<string> listing, string[] paths) => paths.FirstOrDefault(path => !listing.Contains(path)) is { } missing
        ? $"it names the file {missing} and does not have it. Give another model or revision."
        : null;
}
