using CodeEmbed.Errors;
using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Output;

namespace CodeEmbed.Maps;

/// <summary>Writes a map of embeddings: one HTML page that needs nothing else, on which each snippet is a point.</summary>
/// <remarks>
///   <para>
///     The place of a point is given by the first two principal components of all vectors: see <see cref="PrincipalComponents"/>.
///     The same embeddings in the same order give the same bytes.
///   </para>
///   <para>
///     All vectors are kept until the page is written: 4 bytes a dimension. So are the name, the path and the first lines of each
///     snippet.
///   </para>
///   <para>
///     The page goes to <c>&lt;target&gt;.partial</c>, which replaces the target at the end. A writer that is disposed
///     before that leaves the target unchanged.
///   </para>
/// </remarks>
public sealed class EmbeddingMapWriter : IAsyncDisposable
{
    private readonly EmbeddingMapOptions _options;
    private readonly IOutputFile _file;
    private readonly List<MapPoint> _points = [];
    private CodeEmbedding? _first;
    private bool _isComplete;

    /// <summary>Opens the target.</summary>
    /// <param name="path">The page to write; a name that ends in <c>.gz</c> or <c>.zst</c> gives a compressed one.</param>
    /// <param name="options">How to write.</param>
    /// <exception cref="OutputException">The target exists and must stay, or a killed run left its partial file.</exception>
    /// <exception cref="IOException">The target cannot be written, or holds embeddings.</exception>
    /// <exception cref="UnauthorizedAccessException">The target may not be written.</exception>
    public EmbeddingMapWriter(string path, EmbeddingMapOptions? options = null)
    {
        _options = options ?? new EmbeddingMapOptions();
        string target = TargetFile.Resolve(path);
        TargetFile.RequireNoIndex(target, "the page");
        _file = TargetFile.Open(
            target,
            new JsonlWriterOptions
            {
                NoClobber = _options.NoClobber,
                Force = _options.Force,
                Zstandard = _options.Zstandard,
            },
            CancellationToken.None);
    }

    /// <summary>How many points the map has.</summary>
    public int Count => _points.Count;

    /// <summary>Adds a point.</summary>
    /// <param name="embedding">The embedding of the snippet.</param>
    /// <exception cref="IndexException">
    ///   The vector does not compare with those before: its fingerprint or its number of dimensions differs.
    /// </exception>
    public void Add(CodeEmbedding embedding)
    {
        _first ??= embedding;
        if (embedding.Fingerprint != _first.Fingerprint || embedding.Dimensions != _first.Dimensions)
        {
            throw new IndexException(
                embedding.Snippet.Source?.File ?? "embeddings",
                $"the vector of {MessageText.Quote(embedding.Snippet.Id)} was made by {Describe(embedding)}, and those before by "
                + $"{Describe(_first)}. They cannot be compared: make a map of records from one model.");
        }

        _points.Add(MapPoint.Of(embedding));
    }

    /// <summary>Writes the page, which replaces the target.</summary>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <exception cref="InvalidOperationException">The map has no point.</exception>
    /// <exception cref="IOException">The target cannot be written.</exception>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        if (_first is null)
            throw new InvalidOperationException("A map needs an embedding.");

        Projection projection = PrincipalComponents.Project([.. _points.Select(point => point.Vector)], cancellationToken);
        var page = new MapPage(_points, projection, _first.ModelName, _options.ColorBy);
        await page.WriteAsync(_file, cancellationToken).ConfigureAwait(false);
        await _file.CompleteAsync(cancellationToken).ConfigureAwait(false);
        _isComplete = true;
    }

    /// <summary>Closes the target. An incomplete page is dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_isComplete)
                (_file as ReplacedFile)?.Discard();
        }
        finally
        {
            await _file.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static string Describe(CodeEmbedding embedding) =>
        $"{IndexException.Describe(embedding.ModelName, embedding.Fingerprint)} and {embedding.Dimensions} dimensions";
}
