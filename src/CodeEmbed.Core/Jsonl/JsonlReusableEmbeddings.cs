using CodeEmbed.Jsonl.Input;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Output;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Jsonl.Reuse;
using CodeEmbed.Runs;

namespace CodeEmbed.Jsonl;

/// <summary>Embeddings that <see cref="JsonlEmbeddingWriter"/> wrote in an earlier run, to be reused.</summary>
/// <remarks>
///   <para>
///     The files are read once from start to end, and then each record again when its vector is wanted: memory holds only
///     the place of each content's record, at most 64 bytes a record. A record is found by the SHA-256 of its content, and then
///     compared with the content itself, or with the whole digest if the content was left out of the file.
///   </para>
///   <para>
///     For a file whose name ends in <c>.npy</c>, the records are read next to it. The lines of a file that is compressed or a
///     store are copied into a temporary file. A line that is damaged is not reused, and neither is one that has changed
///     since it was first read.
///   </para>
/// </remarks>
/// <param name="files">The files.</param>
/// <param name="damaged">
///   Takes each line that cannot be reused because it is not the record of an embedding; and, once for each file, a line that has
///   changed since it was read first.
/// </param>
public sealed class JsonlReusableEmbeddings(IReadOnlyList<string> files, Action<RejectedRecord>? damaged = null)
    : IReusableEmbeddings
{
    private readonly List<ReusableFile> _open = [];
    private readonly HashSet<int> _changed = [];
    private readonly HashSet<string> _withoutRecords = [];
    private readonly ContentTable _table = new();
    private EmbeddingModel? _model;
    private byte[] _line = [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Files => files;

    /// <summary>The adapter for Zstandard, for files whose names end in <c>.zst</c>; without it such a file is refused.</summary>
    public IZstandard? Zstandard { get; init; }

    /// <summary>The adapter for stores; a file of one of the <see cref="EmbeddingFileFormat"/> is refused without it.</summary>
    public IEmbeddingStore? Store { get; init; }

    /// <inheritdoc/>
    public long Records { get; private set; }

    /// <inheritdoc/>
    public long Incompatible { get; private set; }

    /// <inheritdoc/>
    public long Dropped => _table.Left;

    /// <summary>The files that were read and hold no embedding, as their lines name them.</summary>
    internal IReadOnlySet<string> WithoutRecords => _withoutRecords;

    /// <summary>The file that is being read, for an error about it.</summary>
    internal string Reading { get; private set; } = string.Empty;

    /// <inheritdoc/>
    public async ValueTask BeginAsync(EmbeddingModel? model, CancellationToken cancellationToken = default)
    {
        _model = model;
        foreach (string file in files)
        {
            Reading = file;
            ReusableFile opened = await ReusableFile.OpenAsync(file, new FileAdapters(Zstandard, Store), cancellationToken)
                .ConfigureAwait(false);
            _open.Add(opened);
            long before = Records;
            await ReadAsync(opened, cancellationToken).ConfigureAwait(false);
            opened.RequireUnchanged();
            if (Records == before)
                _withoutRecords.Add(opened.Path);
        }
    }

    /// <inheritdoc/>
    public ValueTask<CodeEmbedding?> FindAsync(CodeSnippet snippet, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Find(snippet));
    }

    /// <inheritdoc/>
    public void Note(CodeSnippet snippet)
    {
        if (snippet.Content is not null)
            _table.Take(KeyOf(snippet, stackalloc byte[ContentDigest.Length]));
    }

    /// <summary>Closes the files. The counts stay.</summary>
    public void Dispose()
    {
        foreach (ReusableFile file in _open)
            file.Dispose();

        _open.Clear();
    }

    private static ContentKey KeyOf(CodeSnippet snippet, Span<byte> digest)
    {
        ContentDigest.Compute(snippet.Content, digest);
        return ContentKey.Of(digest);
    }

    private async ValueTask ReadAsync(ReusableFile file, CancellationToken cancellationToken)
    {
        var lines = new Utf8LineReader(new HandleStream(file.Lines, isEnded: () => false), file.Path);
        while (true)
        {
            try
            {
                if (!await lines.ReadAsync(cancellationToken).ConfigureAwait(false))
                    return;
            }
            catch (InvalidInputException e) when (lines.LineIsTooLong)
            {
                Reject(e, default);
                continue;
            }

            Add(file, lines);
        }
    }

    private void Add(ReusableFile file, Utf8LineReader lines)
    {
        ReadOnlyMemory<byte> line = lines.Line;
        if (line.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
            return;

        var place = new SnippetSource(file.Path, lines.LineNumber);
        try
        {
            float[]? beside = file.Beside?.Read(lines.LineNumber - 1);
            ReusableRecord record = ReusableRecord.Parse(line.Span, _model?.Dimensions ?? 0, place, beside);
            bool isReusable = _model is not null && record.Fingerprint == _model.Fingerprint;
            if (isReusable)
                RequireOfModel(record, place);

            _table.Add(
                ContentKey.Of(record.Digest),
                isReusable
                    ? LinePlace.Of(
                        _open.Count - 1,
                        lines.LineOffset,
                        line.Span,
                        beside is null ? 0 : checked((uint)lines.LineNumber),
                        beside)
                    : null);
            Records++;
            Incompatible += isReusable ? 0 : 1;
        }
        catch (CodeEmbedException e)
        {
            Reject(e, line);
        }
    }

    /// <summary>Checks that a record with the model's fingerprint has the form that the model makes.</summary>
    private void RequireOfModel(ReusableRecord record, SnippetSource place)
    {
        if (record.Vector.Length != _model!.Dimensions)
        {
            throw new SnippetValidationException(
                RecordSchema.Vector,
                $"has {record.Vector.Length} numbers, and those of the model have {_model.Dimensions}",
                place,
                null);
        }

        if (_model.Overflow == EmbeddingOverflow.Window && record.Windows is not > 0)
            throw new SnippetValidationException(RecordSchema.Windows, "is missing or is not valid", place, null);
    }

    private CodeEmbedding? Find(CodeSnippet snippet)
    {
        try
        {
            SnippetValidator.Validate(snippet);
        }
        catch (SnippetValidationException)
        {
            // The embedding service says why.
            return null;
        }

        Span<byte> digest = stackalloc byte[ContentDigest.Length];
        if (_table.Take(KeyOf(snippet, digest)) is not { } place || Read(place) is not { } record)
            return null;

        bool isSame = record.Content is not null ? record.Content == snippet.Content : digest.SequenceEqual(record.Digest);
        if (!isSame)
            return null;

        return new CodeEmbedding
        {
            Snippet = snippet,
            Vector = record.Vector,
            ModelName = _model!.Name,
            Precision = _model.Precision,
            Normalized = record.Normalized,
            TokenCount = record.TokenCount,
            TruncatedTokens = record.TruncatedTokens,
            Windows = _model.Overflow == EmbeddingOverflow.Window ? record.Windows : null,
            Fingerprint = _model.Fingerprint,
        };
    }

    /// <summary>Reads a record again; <see langword="null"/> if it has changed.</summary>
    private ReusableRecord? Read(LinePlace place)
    {
        ReusableFile file = _open[place.File];
        Reading = file.Path;
        if (_line.Length < place.Length)
            _line = new byte[Math.Max(place.Length, 2 * _line.Length)];

        Span<byte> line = _line.AsSpan(0, place.Length);
        float[]? beside = file.Beside?.Read((long)place.Number - 1);
        if (file.TryRead(place.Offset, line) && place.Is(line, beside))
            return ReusableRecord.Parse(line, _model!.Dimensions, new SnippetSource(file.Path, 0), beside);

        if (_changed.Add(place.File))
        {
            Reject(
                new InvalidInputException(
                    new SnippetSource(file.Path, file.NumberOf(place.Offset)), "the file was changed while it was read."),
                default);
        }

        return null;
    }

    private void Reject(CodeEmbedException reason, ReadOnlyMemory<byte> line)
    {
        SnippetSource? place = (reason as InvalidInputException)?.Place ?? (reason as SnippetValidationException)?.Place;
        damaged?.Invoke(new RejectedRecord(reason, place, Id: null, line.ToArray()));
    }
}
