using CodeEmbed.Databases;
using CodeEmbed.Formats;
using CodeEmbed.Indexes;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.Search;

namespace CodeEmbed.PowerShell.Search;

/// <summary>Files of embeddings that are searched together, or one table of a database.</summary>
internal sealed class SearchedIndexes
{
    private readonly List<IVectorSource> _sources = [];

    /// <summary>Makes an empty one.</summary>
    public SearchedIndexes()
    {
    }

    /// <summary>Makes one for a table.</summary>
    /// <param name="table">The table, whose contents were described.</param>
    public SearchedIndexes(DatabaseSearch table) =>
        (Table, Origin, Model, First) = (table, table.Origin, table.Model, table.Name);

    /// <summary>The table; <see langword="null"/> if files are searched.</summary>
    public DatabaseSearch? Table { get; }

    /// <summary>The files.</summary>
    public IReadOnlyList<IVectorSource> Sources => _sources;

    /// <summary>The model that made their vectors; <see langword="null"/> before the first file.</summary>
    public VectorOrigin? Origin { get; private set; }

    /// <summary>The file whose first embedding <see cref="Origin"/> describes.</summary>
    public string First { get; private set; } = string.Empty;

    /// <summary>The description next to one of them; <see langword="null"/> if none of them has one.</summary>
    public IndexModel? Model { get; private set; }

    /// <summary>Adds a file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="hasModel">Whether to read the description next to it, which says how to embed a question.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Whether it holds any embedding; otherwise it is not added.</returns>
    /// <exception cref="IndexException">
    ///   Its vectors cannot be compared with those of the others, or the description next to it contradicts its records.
    /// </exception>
    /// <exception cref="CodeEmbedException">The file does not hold embeddings.</exception>
    public async ValueTask<bool> AddAsync(IVectorSource source, bool hasModel, CancellationToken cancellationToken)
    {
        VectorOrigin? origin = await source.DescribeAsync(cancellationToken).ConfigureAwait(false);
        if (origin is null)
            return false;

        if (Origin is not null && Origin.Fingerprint != origin.Fingerprint)
        {
            throw new IndexException(
                source.Path, $"its vectors were made by {Describe(origin)}, and those of '{First}' by {Describe(Origin)}: they "
                + "cannot be compared. Search one file after the other.");
        }

        IndexModel? model = hasModel ? IndexModel.Load(source.Path, StoreAdapter.Instance) : null;
        if (model is not null && model.Fingerprint != origin.Fingerprint)
        {
            throw new IndexException(
                source.Path,
                $"its vectors were made by {Describe(origin)}, and {PlaceOfModel(source.Path)} names "
                + $"{IndexException.Describe(model.ModelName, model.Fingerprint)}. {Cure(source.Path)}")
            {
                AsksForModel = StoreFormat.Of(source.Path) is null,
            };
        }

        if (Origin is null)
            (Origin, First) = (origin, source.Path);

        Model ??= model;
        _sources.Add(source);
        return true;
    }

    /// <summary>Checks that a model gives vectors that compare with those of the files.</summary>
    /// <param name="model">The model, loaded as the files were made.</param>
    /// <exception cref="IndexException">It does not; the message names both, and what differs.</exception>
    public void Require(EmbeddingModel model)
    {
        if (Origin is null || model.Fingerprint == Origin.Fingerprint)
            return;

        throw new IndexException(
            First,
            $"its vectors were made by {Describe(Origin)}, and the model is "
            + $"{IndexException.Describe(model.Name, model.Fingerprint)}. {Differences(Model, model)}");
    }

    private static string PlaceOfModel(string path) =>
        StoreFormat.Of(path) is null ? $"'{IndexModel.PathFor(path)}'" : "its own description";

    private static string Cure(string path) => StoreFormat.Of(path) is null
        ? "That file belongs to another one: remove it, and give the model."
        : "Another program changed it: write it again.";

    private static string Differences(IndexModel? made, EmbeddingModel model)
    {
        if (made is null)
            return "The settings that they were made with are not known: their description is lost.";

        string[] names = [.. made.Settings.Keys.Union(model.FingerprintParts.Keys)
            .Where(name => made.Settings.GetValueOrDefault(name) != model.FingerprintParts.GetValueOrDefault(name))];
        return $"What differs: {string.Join(", ", names)}.";
    }

    private static string Describe(VectorOrigin origin) => IndexException.Describe(origin.ModelName, origin.Fingerprint);
}
