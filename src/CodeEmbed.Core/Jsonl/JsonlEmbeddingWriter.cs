using System.Buffers;
using System.Security.Cryptography;
using CodeEmbed.Files;
using CodeEmbed.Formats;
using CodeEmbed.Indexes;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Output;
using CodeEmbed.Numpy;
using CodeEmbed.Runs;
using CodeEmbed.Shards;

namespace CodeEmbed.Jsonl;

/// <summary>
///   Writes embeddings to a file; unless its name says otherwise, as JSON Lines: UTF-8 without a byte order mark, LF. See
///   <c>docs/formats.md</c>.
/// </summary>
/// <remarks>
///   Whole lines go to <c>&lt;target&gt;.partial</c> next to the target, which replaces the target when the writer is
///   completed. Until then the target is unchanged. A target whose name ends in <c>.gz</c> or <c>.zst</c> is compressed at that
///   moment. The settings of the partial file are in <c>&lt;target&gt;.partial.json</c>. If one model made all embeddings,
///   <c>&lt;target&gt;.model.json</c> then says which: an <see cref="IndexModel"/>. With
///   <see cref="JsonlWriterOptions.Append"/>, lines are added to the target itself. If a target's name ends in <c>.npy</c>,
///   the lines become vectors for NumPy, which are the target, and records without vectors, in a file of the same name that ends
///   in <c>.jsonl</c>; <c>&lt;target&gt;.records.json</c> says which records belong to the vectors. If the target's name is
///   that of a store (<see cref="EmbeddingFileFormat"/>), the lines become its rows, and the store itself says which model made
///   them.
/// </remarks>
public sealed class JsonlEmbeddingWriter : IEmbeddingWriter
{
    private readonly IOutputFile _file;
    private readonly ReplacedFile? _replaced;
    private readonly RunJournal? _journal;
    private readonly IndexModelOutput _model;
    private readonly JsonlWriterOptions _options;
    private readonly RecordForm _form;
    private readonly CancellationToken _opening;
    private readonly ArrayBufferWriter<byte> _line = new(64 * 1024);
    private ResumedEmbeddings? _resumed;
    private EmbeddingRun? _run;
    private int _checkedInputs;
    private IncrementalHash? _hash;
    private long _written, _length;
    private bool _ended, _completed;

    /// <summary>Opens the output.</summary>
    /// <param name="target">The file to make; if it is a symbolic link, the file that the link leads to.</param>
    /// <param name="options">How to write; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">
    ///   Stops the opening, which reads a compressed target that is added to from start to end, and the query to a database
    ///   when the writer begins.
    /// </param>
    /// <exception cref="IOException">
    ///   The output cannot be opened; another run is writing to it; an interrupted run left a partial file, and the options say
    ///   neither to resume it nor to drop it, or it cannot be resumed; the target is a folder, or damaged data to add to.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The output may not be opened, or the target is read-only.</exception>
    /// <exception cref="NotSupportedException">
    ///   The target's name ends in <c>.zst</c>, and there is no adapter for Zstandard.
    /// </exception>
    /// <exception cref="OperationCanceledException">The opening was stopped.</exception>
    public JsonlEmbeddingWriter(string target, JsonlWriterOptions? options = null, CancellationToken cancellationToken = default)
    {
        _options = options ?? new JsonlWriterOptions();
        _opening = cancellationToken;
        Target = TargetFile.Resolve(target);

        // Lines that are converted at the end have their vectors in Base64, which is faster.
        bool isText = _options.Database is null && StoreFormat.Of(Target) is null && !NumpyFiles.IsOne(Target);
        _form = new RecordForm(
            _options.ExcludeContent,
            isText ? _options.VectorEncoding : EmbeddingVectorEncoding.Base64,
            _options.Database?.Name);
        _model = new IndexModelOutput(Target, _options.Store);
        _file = TargetFile.Open(Target, _options, cancellationToken);
        if (_file is not ReplacedFile replaced)
            return;

        _replaced = replaced;
        _journal = new RunJournal(RunJournal.PathFor(replaced.Path), Target, _form);
        try
        {
            if (_options.Resume && replaced.HoldsResumable)
                _journal.Resume();
        }
        catch
        {
            replaced.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string? PartialFile => _replaced is { HoldsAny: true } && !_completed ? _replaced.Path : null;

    /// <summary>The file that is made.</summary>
    public string Target { get; }

    /// <summary>
    ///   Whether embeddings with different fingerprints were written, which cannot be compared with each other.
    /// </summary>
    internal bool IsMixed => _model.IsMixed;

    /// <summary>The files that are written to make a target: itself, and those next to it meanwhile.</summary>
    /// <param name="target">The target, as it is given.</param>
    public static IReadOnlyList<string> FilesOf(string target)
    {
        target = TargetFile.Resolve(target);
        string partial = ReplacedFile.PartialPathFor(target), journal = RunJournal.PathFor(partial);
        string[] files = [target, partial, journal, BesideFile.UnfinishedPathFor(journal), .. IndexModelOutput.FilesOf(target),
            .. ShardFile.FilesOf(target)];
        return FileAdapters.IsPacked(target) ? [.. files, ReplacedFile.PackedPathFor(target)]
            : NumpyFiles.IsOne(target) ? [.. files, .. NumpyOutput.FilesOf(target)]
            : files;
    }

    /// <summary>Whether a file is one of those that are written to make the target, however its path is spelled.</summary>
    /// <param name="file">The file.</param>
    public bool WritesTo(string file) => FileIdentity.Of(file) is { } identity && WritesTo(identity);

    /// <summary>Whether a file is one of those that are written to make the target.</summary>
    internal bool WritesTo(FileIdentity file) => FilesOf(Target).Any(own => FileIdentity.Of(own) == file);

    /// <summary>Whether the output has begun.</summary>
    internal bool HasBegun => _run is not null;

    /// <inheritdoc/>
    public IResumedEmbeddings Begin(EmbeddingRun run)
    {
        _run = run;
        if (run.Shard is not null)
        {
            RequireOwnFile();
            _hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        }

        _journal?.Begin(run);
        foreach (string file in run.ReusedFrom)
            RequireReusable(file);

        // A changed input says more than the errors that result from it.
        CheckInputs();
        _journal?.RequireSameSettings();
        if (run.Model is not null)
            _options.Database?.RequireReadyAsync(run.Model, _opening).AsTask().GetAwaiter().GetResult();

        if (_replaced is not { HoldsResumable: true } || !_options.Resume || run.Model is not { } model)
            return IResumedEmbeddings.None;

        return _resumed = new ResumedEmbeddings(
            _replaced.OpenResumed(), _replaced.Path, model, _options.ExcludeContent, CheckInputs);
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(IReadOnlyList<CodeEmbedding> embeddings, CancellationToken cancellationToken = default)
    {
        foreach (CodeEmbedding embedding in embeddings)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CheckInputs();
            EmbeddingValidator.Validate(embedding);
            (_file as AppendedFile)?.Check(embedding.Fingerprint, _options.AllowMixed);
            _replaced?.Numpy?.Require(embedding);
            _replaced?.Rows?.Require(embedding);
            if (_journal is { IsDue: true })
            {
                // Dropped lines must not be taken for those that the journal reports.
                _replaced!.DropUnlessResuming();
                SaveJournal();
            }

            _line.ResetWrittenCount();
            EmbeddingRecordWriter.Write(_line, embedding, _form);
            RequireAsResumed(embedding);
            await _file.WriteAsync(_line.WrittenMemory).ConfigureAwait(false);
            _hash?.AppendData(_line.WrittenSpan);
            _length += _line.WrittenCount;
            _model.Add(embedding.Fingerprint);
            _written++;
        }
    }

    /// <inheritdoc/>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CheckInputs();
        _journal?.RequireAllInputs();
        if (_replaced?.Rows is { } rows)
            rows.Model = _model.Describe(_run)?.ToJson();
        else if (_replaced is not null)
            _replaced.TakingPlace = PrepareBeside;

        if (_replaced?.Numpy is { Dimensions: 0 } empty)
            empty.Dimensions = _run?.Model?.Dimensions ?? 0;

        if (_replaced?.Rows is { Dimensions: 0 } none)
            none.Dimensions = _run?.Model?.Dimensions ?? 0;

        await _file.CompleteAsync(cancellationToken).ConfigureAwait(false);
        _ended = _completed = true;
        if (_replaced is { Rows: null })
            _model.Complete();
        else if (_replaced is null)
            _model.CompleteAppended(_run, _options.AllowMixed);

        try
        {
            // A file that is not a shard, or was changed, must not be taken for one.
            if (_hash is null)
                File.Delete(ShardFile.PathFor(Target));

            _journal?.Delete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The output is complete. A journal without a partial file means nothing, and the next run replaces it; and a merge
            // finds that a shard's file was changed.
        }
    }

    /// <summary>
    ///   Closes the file. If the writer was not completed, a partial file stays, and lines that were added to a target are
    ///   cut off.
    /// </summary>
    /// <returns>A task that ends when the file is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_ended && _written > 0)
                TrySaveJournal();
        }
        finally
        {
            _ended = true;
            _hash?.Dispose();
            await _file.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Checks that the output can be a shard.</summary>
    /// <exception cref="IOException">It is appended to, or not a text format.</exception>
    private void RequireOwnFile()
    {
        if (_replaced is null)
            throw new IOException("a shard cannot be added to another file. Write it to a separate file.");

        if (_replaced.Numpy is not null || _replaced.Rows is not null)
        {
            throw new IOException(
                "a shard is written as JSON Lines: to a name that ends in .jsonl, .gz or .zst. The merge can make another "
                + "file of the shards.");
        }
    }

    /// <summary>Writes the files next to the target, right before the target is replaced.</summary>
    private void PrepareBeside()
    {
        _model.Prepare(_run);
        SaveShard();
    }

    /// <summary>Writes, next to the file, which shard it is and what is in it.</summary>
    private void SaveShard()
    {
        if (_run is not { Shard: { } shard } || _hash is null)
            return;

        (long Read, long Rejected) counts = shard.Count();
        new ShardFile
        {
            ShardIndex = shard.Index,
            ShardCount = shard.Of,
            Inputs = shard.Inputs,
            MadeWith = RunManifest.DescribeSettings(_run, _form),
            Fingerprint = _model.Fingerprint,
            Read = counts.Read,
            Written = _written,
            Rejected = counts.Rejected,
            Length = _length,
            Sha256 = Convert.ToHexStringLower(_hash.GetCurrentHash()),
            RejectFiles = shard.RejectFiles(Target),
        }.Save(Target);
    }

    /// <summary>Checks the files that the run starts to read.</summary>
    /// <exception cref="IOException">
    ///   The output is one of them, or the interrupted run that it resumes read another file.
    /// </exception>
    private void CheckInputs()
    {
        for (; _checkedInputs < _run?.Inputs.Count; _checkedInputs++)
        {
            InputFile input = _run.Inputs[_checkedInputs];
            if (WritesTo(input.Path))
                throw new IOException($"the same run reads '{input.Path}'. Write to another file.");

            _journal?.CheckInput(_checkedInputs);
        }
    }

    /// <summary>
    ///   Checks a file whose embeddings are reused: it may be the target, which stays as it is until the end, but not a file next
    ///   to it.
    /// </summary>
    private void RequireReusable(string file)
    {
        if (FileIdentity.Of(file) is not { } identity || !WritesTo(identity))
            return;

        if (_replaced is null || FileIdentity.Of(Target) != identity)
            throw new IOException($"the same run reuses the vectors of '{file}'. Write to another file.");
    }

    /// <summary>Checks that an embedding that an interrupted run finished is the same now.</summary>
    /// <exception cref="IOException">It is not: something changes embeddings on their way here.</exception>
    private void RequireAsResumed(CodeEmbedding embedding)
    {
        // The lines that were found are the first ones. A line before them may be new: that of a snippet that could not be
        // embedded then.
        if (_resumed is null || _written >= _resumed.Found || _replaced!.ComesNext(_line.WrittenSpan))
            return;

        var start = new ArrayBufferWriter<byte>();
        EmbeddingRecordWriter.WriteStart(
            start, embedding.Snippet, _options.ExcludeContent, isInWindows: embedding.Windows is not null);
        if (_replaced.ComesNext(start.WrittenSpan))
        {
            throw new OutputException(
                OutputProblem.NotResumable,
                $"the embedding of '{embedding.Id}', which the interrupted run had finished, is not as it was written: "
                + "something between the model and this "
                + "file changes embeddings, and would change it twice.");
        }
    }

    /// <summary>Saves the lines that the journal reports, then the journal.</summary>
    private void SaveJournal()
    {
        _replaced!.Flush();
        _journal!.Save(_written);
    }

    private void TrySaveJournal()
    {
        try
        {
            if (_journal is not null)
                SaveJournal();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The run has ended already, usually with an error that says more. A journal some seconds old serves as well.
        }
    }
}
