using CodeEmbed.Files;
using CodeEmbed.Hub.Cache;
using CodeEmbed.Hub.Errors;
using CodeEmbed.ModelFiles;

namespace CodeEmbed.Hub.Files;

/// <summary>Which files of a repository are needed to run the model in it.</summary>
/// <param name="Paths">
///   The files, in the order in which they are fetched: the weights come last, so that if they exist, the rest does too.
/// </param>
/// <param name="Weights">Those of them that hold the weights of the encoder.</param>
/// <param name="Problem">What is missing, as sentences; <see langword="null"/> if nothing is.</param>
internal sealed record NeededFiles(IReadOnlyList<string> Paths, IReadOnlyList<string> Weights, string? Problem)
{
    private static readonly string[] AboutModel = [ModelFileNames.Modules, ModelFileNames.SentenceConfig];

    private static readonly string[] ByteLevel = [ModelFileNames.Vocabulary, ModelFileNames.Merges];

    /// <summary>The files that are read with a vocabulary, but not with a whole tokenizer.</summary>
    private static readonly string[] BesideVocabulary = [ModelFileNames.SpecialTokens, ModelFileNames.AddedTokens];

    private static readonly string[] AboutEncoder =
    [
        ModelFileNames.Config, ModelFileNames.Tokenizer, .. ByteLevel, ModelFileNames.WordPieceVocabulary, .. BesideVocabulary,
        ModelFileNames.TokenizerConfig, .. ModelFileNames.LengthFiles,
    ];

    /// <summary>The files that describe a static model.</summary>
    private static readonly string[] AboutStatic = [ModelFileNames.Config, ModelFileNames.Tokenizer];

    /// <summary>The files that describe a model besides its weights, if the repository has them.</summary>
    /// <param name="modules">The parts of the model.</param>
    public static IEnumerable<string> Descriptions(SentenceModules modules) =>
        AboutModel.Concat((modules.IsStatic ? AboutStatic : AboutEncoder).Select(name => modules.EncoderPrefix + name));

    /// <summary>The files that must be read before <see cref="Choose"/> can find the others.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="read">Opens <see cref="ModelFileNames.Modules"/>.</param>
    /// <exception cref="HubAnswerException">That file is not valid; the message says why.</exception>
    public static IReadOnlyList<string> ReadFirst(IReadOnlySet<string> listing, Func<string, Stream> read)
    {
        SentenceModules modules = SentenceModules.Read(listing, read);
        IEnumerable<string> names = Descriptions(modules)
            .Where(path => listing.Contains(path) && !IsOutrankedTokenizer(path, modules, listing.Contains));
        return ModelWeights.FindIndex(Under(listing, modules.EncoderPrefix)) is { } index
            ? [.. names, modules.EncoderPrefix + index]
            : [.. names];
    }

    /// <summary>Finds which files are needed.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="modelTypes">The model types whose checkpoints can be run; <see langword="null"/> for all.</param>
    /// <param name="read">Opens a file that <see cref="ReadFirst"/> names.</param>
    public static NeededFiles Choose(
        IReadOnlySet<string> listing, IReadOnlyCollection<string>? modelTypes, Func<string, Stream> read)
    {
        try
        {
            SentenceModules modules = SentenceModules.Read(listing, read);
            string prefix = modules.EncoderPrefix;
            IReadOnlySet<string> encoder = Under(listing, prefix);
            Stream ReadOfEncoder(string path) => read(prefix + path);
            string[] weights =
            [
                .. ModelWeights.FindFiles(encoder, modules.IsStatic ? null : modelTypes, ReadOfEncoder)
                    .Select(path => prefix + path),
            ];
            string[] paths = [.. ReadFirst(listing, read).Concat(modules.FindFiles(listing)).Concat(weights).Distinct()];
            string? problem = (modelTypes is null ? null : modules.Problem)
                ?? (modules.IsStatic ? FindProblemOfStatic(encoder, weights) : FindProblem(encoder, weights))
                ?? (modelTypes is null || modules.IsStatic || WeightFiles.IsExport(weights[^1])
                    ? null
                    : ModelWeights.FindProblem(encoder, modelTypes, ReadOfEncoder));
            return new NeededFiles(paths, weights, problem ?? FindMissing(listing, paths));
        }
        catch (HubAnswerException e)
        {
            return new NeededFiles([], [], e.Message);
        }
    }

    /// <summary>
    ///   Finds which files are needed if some of them exist: the weights may be those of another framework than the first.
    /// </summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="modelTypes">The model types whose checkpoints can be run; <see langword="null"/> for all.</param>
    /// <param name="isThere">Whether a file exists.</param>
    /// <param name="read">Opens a file that <see cref="ReadFirst"/> names.</param>
    public static NeededFiles ChooseWithCached(
        IReadOnlySet<string> listing,
        IReadOnlyCollection<string>? modelTypes,
        Predicate<string> isThere,
        Func<string,
        Stream> read)
    {
        NeededFiles first = Choose(listing, modelTypes, read);
        if (first.Problem is not null || first.Weights.All(path => isThere(path)))
            return first;

        NeededFiles other = Choose(
            listing.Where(path => !ModelWeights.IsWeights(path) || isThere(path)).ToHashSet(), modelTypes, read);
        return other.Problem is null && other.Weights.All(path => isThere(path)) ? other : first;
    }

    /// <summary>Finds which files of a folder are needed.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="modelTypes">The model types whose checkpoints can be run; <see langword="null"/> for all.</param>
    public static NeededFiles In(string folder, IReadOnlyCollection<string>? modelTypes)
    {
        try
        {
            return Choose(
                SnapshotListing.Read(folder).ToHashSet(),
                modelTypes,
                path => CacheFile.OpenRead(Path.Combine(folder, RepositoryFolder.Local(path))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new NeededFiles([], [], FileError.OfReading(e, path: string.Empty).Problem);
        }
    }

    /// <summary>
    ///   Whether a missing file does not matter, because another one exists that takes precedence.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="modules">The parts of the model.</param>
    /// <param name="isThere">Whether a file exists.</param>
    public static bool IsOutranked(string path, SentenceModules modules, Predicate<string> isThere)
    {
        string prefix = modules.EncoderPrefix;
        string name = path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : path;
        if (IsOutrankedTokenizer(path, modules, isThere))
            return true;

        bool isLength = ModelFileNames.LengthFiles.Contains(name);
        return (isLength || path == ModelFileNames.SentenceConfig) && !isThere(ModelFileNames.Modules)
            || isLength && ModelFileNames.LengthFiles.TakeWhile(other => other != name).Any(other => isThere(prefix + other));
    }

    /// <summary>
    ///   Whether a file is a part of a tokenizer over which another takes precedence: a whole one first, and byte-level BPE
    ///   before WordPiece.
    /// </summary>
    private static bool IsOutrankedTokenizer(string path, SentenceModules modules, Predicate<string> isThere)
    {
        string prefix = modules.EncoderPrefix;
        bool IsOneOf(string[] names) => names.Any(name => path == prefix + name);
        bool isWordPiece = path == prefix + ModelFileNames.WordPieceVocabulary;
        if (isThere(prefix + ModelFileNames.Tokenizer))
            return isWordPiece || IsOneOf(ByteLevel) || IsOneOf(BesideVocabulary);

        if (isThere(prefix + ModelFileNames.Vocabulary))
            return isWordPiece;

        return path == prefix + ModelFileNames.Merges && isThere(prefix + ModelFileNames.WordPieceVocabulary);
    }

    private static IReadOnlySet<string> Under(IReadOnlySet<string> listing, string prefix) => prefix.Length == 0
        ? listing
        : listing.Where(path => path.StartsWith(prefix, StringComparison.Ordinal))
            .Select(path => path[prefix.Length..])
            .ToHashSet();

    private static string? FindProblem(IReadOnlySet<string> encoder, string[] weights)
    {
        if (weights.Length == 0)
            return NoWeights(encoder, ModelWeights.Names);

        if (!WeightFiles.IsExport(weights[^1]) && !encoder.Contains(ModelFileNames.Config))
            return $"it has no {ModelFileNames.Config}, which says how the model is built. Give another model.";

        bool isByteLevel = encoder.Contains(ModelFileNames.Vocabulary);
        if (encoder.Contains(ModelFileNames.Tokenizer)
            || encoder.Contains(isByteLevel ? ModelFileNames.Merges : ModelFileNames.WordPieceVocabulary))
        {
            return null;
        }

        return !isByteLevel && ModelFileNames.SentencePiece.FirstOrDefault(encoder.Contains) is { } sentencePiece
            ? $"it has no {ModelFileNames.Tokenizer}: its tokenizer exists only as {sentencePiece}, which is not read. Load "
                + "it with AutoTokenizer of transformers, save it with save_pretrained to a folder with the model's other "
                + "files, and give that folder; or give another model."
            : $"it has no tokenizer that can be read: {ModelFileNames.Tokenizer}, {ModelFileNames.Vocabulary} and "
                + $"{ModelFileNames.Merges}, or {ModelFileNames.WordPieceVocabulary}. Give another model.";
    }

    private static string? FindProblemOfStatic(IReadOnlySet<string> encoder, string[] weights) =>
        weights.Length == 0 || WeightFiles.IsExport(weights[^1]) ? NoWeights(encoder, WeightFiles.Checkpoints)
        : encoder.Contains(ModelFileNames.Tokenizer) ? null
        : $"it has no {ModelFileNames.Tokenizer}, without which a static model is not read. Give another model.";

    private static string NoWeights(IReadOnlySet<string> encoder, IEnumerable<string> names) =>
        $"it has no weights that can be read: {string.Join(", ", names)}."
        + (ForeignModel.DescribeFiles(encoder) is { Length: > 0 } kind ? kind : " Give another model.");

    private static string? FindMissing(IReadOnlySet<string> listing, string[] paths) =>
        paths.FirstOrDefault(path => !listing.Contains(path)) is { } missing
        ? $"it names the file {missing}, which it does not have. Give another model or revision."
        : null;
}
