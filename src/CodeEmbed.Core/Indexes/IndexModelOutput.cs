using CodeEmbed.Files;
using CodeEmbed.Runs;

namespace CodeEmbed.Indexes;

/// <summary>Keeps the description next to a file of embeddings up to date while the file is written.</summary>
/// <param name="index">The file of embeddings.</param>
/// <param name="store">The adapter for stores, if there is one.</param>
internal sealed class IndexModelOutput(string index, IEmbeddingStore? store = null)
{
    private string? _fingerprint;
    private IndexModel? _model;
    private bool _isDone;

    /// <summary>
    ///   The fingerprint that all written embeddings share; <see langword="null"/> if nothing was written, or the fingerprints
    ///   differ.
    /// </summary>
    public string? Fingerprint => IsMixed ? null : _fingerprint;

    /// <summary>Whether embeddings with different fingerprints were written.</summary>
    public bool IsMixed { get; private set; }

    /// <summary>The files that it writes.</summary>
    public static IReadOnlyList<string> FilesOf(string index)
    {
        string path = IndexModel.PathFor(index);
        return [path, BesideFile.UnfinishedPathFor(path)];
    }

    /// <summary>Records an embedding that is written.</summary>
    public void Add(string fingerprint)
    {
        _fingerprint ??= fingerprint;
        IsMixed |= fingerprint != _fingerprint;
    }

    /// <summary>
    ///   Which model made the embeddings that are written; <see langword="null"/> if they are mixed, or it is not known.
    /// </summary>
    /// <param name="run">The run; <see langword="null"/> if nothing was written.</param>
    public IndexModel? Describe(EmbeddingRun? run) =>
        _fingerprint is null || IsMixed || run is null ? null : Find(run, _fingerprint);

    /// <summary>
    ///   Writes the description right before the new file replaces the old one, if the description is right for the old one
    ///   too: so the file is never without it.
    /// </summary>
    /// <param name="run">The run; <see langword="null"/> if nothing was written.</param>
    public void Prepare(EmbeddingRun? run)
    {
        _model = Describe(run);
        if (_model is null || (Present() is { } present && present.Fingerprint != _model.Fingerprint) || IsUnreadable())
            return;

        _model.Save(index);
        _isDone = true;
    }

    /// <summary>Writes it if that was not done yet, and removes one that contradicts the file.</summary>
    public void Complete()
    {
        if (_isDone)
            return;

        if (_model is not null)
            _model.Save(index);
        else if (IsMixed || Present()?.Fingerprint != _fingerprint)
            File.Delete(IndexModel.PathFor(index));
    }

    /// <summary>Writes it for a file that lines were added to.</summary>
    /// <param name="run">The run; <see langword="null"/> if nothing was written.</param>
    /// <param name="allowMixed">Whether the lines need not compare with the earlier ones.</param>
    public void CompleteAppended(EmbeddingRun? run, bool allowMixed)
    {
        if (_fingerprint is null || IsMixed || allowMixed || run is null || Present()?.Fingerprint == _fingerprint)
            return;

        Find(run, _fingerprint)?.Save(index);
    }

    /// <summary>
    ///   Which model made the embeddings: the run's model, that of a file that the run reads, or another that is known.
    /// </summary>
    private IndexModel? Find(EmbeddingRun run, string fingerprint)
    {
        if (run.Model?.Fingerprint == fingerprint)
            return IndexModel.Of(run.Model);

        return run.Inputs.Select(input => TryLoad(input.Path)).FirstOrDefault(found => found?.Fingerprint == fingerprint)
            ?? (run.FindModel?.Invoke(fingerprint) is { } model ? IndexModel.Of(model) : null);
    }

    private IndexModel? Present() => TryLoad(index);

    private bool IsUnreadable() => File.Exists(IndexModel.PathFor(index)) && Present() is null;

    private IndexModel? TryLoad(string file)
    {
        try
        {
            return IndexModel.Load(file, store);
        }
        catch (Exception e) when (e is IndexException or IOException or UnauthorizedAccessException)
        {
            // A description that cannot be read is replaced.
            return null;
        }
    }
}
