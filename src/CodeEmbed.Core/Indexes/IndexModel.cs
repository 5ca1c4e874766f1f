using System.Text;
using CodeEmbed.Files;
using CodeEmbed.Formats;
using CodeEmbed.Numpy;

namespace CodeEmbed.Indexes;

/// <summary>
///   Which model made a file of embeddings, and how to embed a question in the same way: the file next to it that
///   <c>docs/formats.md</c> describes.
/// </summary>
public sealed record IndexModel : IDescription
{
    private const int CurrentFormat = 1;
    private const string Suffix = ".model.json";

    private static readonly DescriptionFormat<IndexModel> Json = new(CurrentFormat, maxLength: 1024 * 1024);

    /// <summary>The version of the file's format.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>How the model was given: its name on the Hub, the name of a bundled one, or a folder.</summary>
    public required string Model { get; init; }

    /// <summary>The commit of a model on the Hub; <see langword="null"/> for any other.</summary>
    public string? Revision { get; init; }

    /// <summary>See <see cref="CodeEmbedding.ModelName"/>.</summary>
    public required string ModelName { get; init; }

    /// <summary>See <see cref="CodeEmbedding.Fingerprint"/>.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The length of the vectors.</summary>
    public required int Dimensions { get; init; }

    /// <summary>See <see cref="EmbeddingServiceOptions.MaxLength"/>; never unknown.</summary>
    public required int MaxLength { get; init; }

    /// <summary>See <see cref="EmbeddingServiceOptions.Precision"/>.</summary>
    public required EmbeddingPrecision Precision { get; init; }

    /// <summary>See <see cref="EmbeddingServiceOptions.Normalize"/>.</summary>
    public required bool Normalize { get; init; }

    /// <summary>See <see cref="EmbeddingServiceOptions.Pooling"/>: as it was set, not as the model's files say.</summary>
    public required EmbeddingPooling Pooling { get; init; }

    /// <summary>See <see cref="EmbeddingServiceOptions.Overflow"/>.</summary>
    public EmbeddingOverflow Overflow { get; init; }

    /// <summary>See <see cref="EmbeddingServiceOptions.Dimensions"/>.</summary>
    public int? KeptDimensions { get; init; }

    /// <summary>The text that was put before every snippet; empty for none.</summary>
    public required string Prompt { get; init; }

    /// <summary>See <see cref="EmbeddingModel.Prompts"/>.</summary>
    public required IReadOnlyDictionary<string, string> Prompts { get; init; }

    /// <summary>See <see cref="EmbeddingModel.FingerprintParts"/>: everything that decides the vectors.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>The path of the description next to a file of embeddings.</summary>
    /// <param name="index">The file of embeddings.</param>
    public static string PathFor(string index) => index + Suffix;

    /// <summary>
    ///   Whether a file exists and holds embeddings, by its name or by the description next to it: nothing else may replace it.
    /// </summary>
    /// <param name="path">The file.</param>
    internal static bool IsIndex(string path) => File.Exists(path)
        && (StoreFormat.Of(path) is not null || NumpyFiles.IsOne(path) || File.Exists(PathFor(path)));

    /// <summary>
    ///   The file of embeddings that a description belongs to; <see langword="null"/> if the file is not a description.
    /// </summary>
    /// <param name="path">The file.</param>
    internal static string? FindIndex(string path) =>
        path.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) && path[..^Suffix.Length] is var index && File.Exists(index)
            ? index
            : null;

    /// <summary>Describes a loaded model.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The description; <see langword="null"/> if the model does not say what it was loaded with.</returns>
    public static IndexModel? Of(EmbeddingModel model)
    {
        if (model.Options is not { } options)
            return null;

        string folder = Path.GetFullPath(options.Model, options.BaseFolder ?? Environment.CurrentDirectory);
        return new IndexModel
        {
            Model = options.ModelSource ?? (Directory.Exists(folder) ? folder : options.Model),
            Revision = options.Revision,
            ModelName = model.Name,
            Fingerprint = model.Fingerprint,
            Dimensions = model.Dimensions,
            MaxLength = model.MaxLength,
            Precision = options.Precision,
            Normalize = options.Normalize,
            Pooling = options.Pooling,
            Overflow = options.Overflow,
            KeptDimensions = options.Dimensions,
            Prompt = model.FingerprintParts.GetValueOrDefault("prompt", string.Empty),
            Prompts = model.Prompts,
            Settings = model.FingerprintParts,
        };
    }

    /// <summary>Reads the description next to a file of embeddings, or the one inside a store.</summary>
    /// <param name="index">The file of embeddings; for a symbolic link, also the one next to its target.</param>
    /// <param name="store">The adapter for stores; without it, only the description next to a file is read.</param>
    /// <returns>The description, or <see langword="null"/> if the file has none.</returns>
    /// <exception cref="IndexException">The description is damaged, or was written by a later version.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IndexModel? Load(string index, IEmbeddingStore? store = null)
    {
        if (store is not null && StoreFormat.Of(index) is { } format)
            return Read(store, format, index);

        string path = PathFor(index);
        if (!File.Exists(path) && File.ResolveLinkTarget(index, returnFinalTarget: true) is { } target)
            path = PathFor(target.FullName);

        if (!File.Exists(path))
            return null;

        using FileStream file = File.OpenRead(path);
        return Json.Read(file, out string problem) ?? throw AskForModel(
            index, $"'{path}', which says which model made it, cannot be read: {problem}. Remove that file, and give the model.");
    }

    /// <summary>Reads what <see cref="ToJson"/> gave.</summary>
    /// <param name="text">The text.</param>
    /// <param name="index">Where it was, for messages.</param>
    /// <exception cref="IndexException">It is damaged, or was written by a later version.</exception>
    public static IndexModel FromJson(string text, string index) =>
        Json.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), out string problem) ?? throw AskForModel(
            index, $"its description of the model that made it cannot be read: {problem}. Give the model, or write it again.");

    /// <summary>The description as JSON text.</summary>
    public string ToJson() => Json.Write(this);

    /// <summary>The options to load the model with, so that its vectors compare with those of the file.</summary>
    /// <param name="model">Which model to load: its <c>Model</c> is a folder or a name.</param>
    /// <returns>The same options with everything that decides the vectors.</returns>
    public EmbeddingServiceOptions Apply(EmbeddingServiceOptions model) => model with
    {
        MaxLength = MaxLength,
        Precision = Precision,
        Normalize = Normalize,
        Pooling = Pooling,
        Overflow = Overflow,
        Dimensions = KeptDimensions,
        Prompt = Prompt,
        PromptName = null,
    };

    /// <inheritdoc/>
    bool IDescription.IsWhole() => this is { Format: > 0, Model: not null, ModelName: not null, Fingerprint: not null,
        Prompt: not null, Prompts: not null, Settings: not null };

    /// <summary>Writes the file, so that at any moment it is the one before or this one, whole.</summary>
    /// <param name="index">The file of embeddings, whose mode is used.</param>
    internal void Save(string index) =>
        BesideFile.Replace(PathFor(index), index, file => Json.Write(this, file));

    private static IndexModel? Read(IEmbeddingStore store, EmbeddingFileFormat format, string index)
    {
        try
        {
            return store.Describe(format, index).Model is { } text ? FromJson(text, index) : null;
        }
        catch (InvalidDataException e)
        {
            throw new IndexException(index, e.Message, e);
        }
    }

    private static IndexException AskForModel(string index, string problem) => new(index, problem) { AsksForModel = true };
}
