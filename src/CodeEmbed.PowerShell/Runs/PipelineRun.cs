using CodeEmbed.Files;
using CodeEmbed.Jsonl;
using CodeEmbed.Pipeline;
using CodeEmbed.Runs;
using CodeEmbed.Shards;

namespace CodeEmbed.PowerShell.Runs;

/// <summary>
///   What the cmdlets of one pipeline know about each other: inputs, the embedding cmdlet, outputs and progress.
/// </summary>
/// <remarks>
///   <para>
///     PowerShell runs the BeginProcessing of every cmdlet of a pipeline, from left to right, before the first record. A cmdlet
///     that begins joins the run that began last on its thread, if that one has not started and is further left in a
///     pipeline of the same length; otherwise it begins a separate run. So a pipeline inside another, as in a script block of
///     ForEach-Object, is a separate run.
///   </para>
///   <para>
///     A function that wraps a cmdlet, a proxy, runs it as a steppable pipeline of one cmdlet, which begins a separate run
///     within the pipeline that the function is in. With the first record such runs become one: <see cref="Start"/>.
///   </para>
///   <para>The cmdlets of a pipeline, and of a pipeline inside it, run on one thread; only the end may come from another.</para>
/// </remarks>
internal sealed class PipelineRun
{
    [ThreadStatic]
    private static List<PipelineRun>? _ofThread;

    private readonly List<PipelineRun> _home;
    private readonly HashSet<object> _followers = [], _followed = [];
    private readonly List<JsonlRejectWriter> _rejects = [];
    private readonly HashSet<FileIdentity> _read = [], _reused = [];
    private readonly List<InputFile> _inputs = [];
    private readonly int _pipelineLength;
    private object? _reader;
    private object? _last;
    private int _position, _members;
    private bool _started;
    private PipelineRun? _joined;

    private PipelineRun(List<PipelineRun> home, int pipelineLength)
    {
        _home = home;
        _pipelineLength = pipelineLength;
    }

    /// <summary>Whether an error has named the partial files.</summary>
    public bool HasNamedPartialFiles { get; private set; }

    /// <summary>How many records were read, written and rejected. Only the run counts.</summary>
    public RunCounts Counts { get; } = new();

    /// <summary>Which part of a larger run this is, once that is known; <see langword="null"/> for a whole run.</summary>
    public ShardRun? Shard { get; private set; }

    /// <summary>How many of the given embeddings were reused, once that is known.</summary>
    public ReuseReport? Reuse { get; set; }

    /// <summary>The last cmdlet that embeds before the first output, if there is one.</summary>
    public object? Embedder { get; private set; }

    /// <summary>The outputs of the run: usually one, or none.</summary>
    public List<JsonlEmbeddingWriter> Outputs { get; } = [];

    /// <summary>Whether the run writes files: outputs, or rejected records.</summary>
    public bool HasOutputs => Outputs.Count + _rejects.Count > 0;

    /// <summary>The run that this one has become a part of, or itself.</summary>
    public PipelineRun Whole => _joined?.Whole ?? this;

    /// <summary>Whether the pipeline is a single cmdlet.</summary>
    private bool IsSingle => _pipelineLength == 1;

    /// <summary>Whether the last cmdlet of the pipeline has begun, and so every one.</summary>
    private bool HasWhollyBegun => _position == _pipelineLength;

    private static List<PipelineRun> OfThread => _ofThread ??= [];

    /// <summary>Joins the run of a cmdlet that begins. Each cmdlet that joined must leave.</summary>
    /// <param name="length">How many commands its pipeline has.</param>
    /// <param name="position">Which of them it is; the first is 1.</param>
    /// <param name="member">The cmdlet.</param>
    /// <param name="embeds">Whether it embeds.</param>
    public static PipelineRun Join(int length, int position, object member, bool embeds = false)
    {
        lock (OfThread)
        {
            // Proxies that have begun since, and not ended, are between the run's last cmdlet and this one.
            int index = OfThread.FindLastIndex(before => before._started || !before.IsSingle);
            PipelineRun? run = index >= 0 ? OfThread[index] : null;
            bool follows = false;
            if (run is null || run._started || run._pipelineLength != length || run._position >= position)
            {
                run = new PipelineRun(OfThread, length);
                OfThread.Add(run);
            }
            else
            {
                follows = run._position == position - 1;
                run.Unite([.. OfThread[index..]]);
            }

            if (follows && run._last is { } previous)
            {
                run._followers.Add(member);
                run._followed.Add(previous);
            }

            run._last = member;

            run._position = position;
            run._members++;
            run._reader ??= member;
            if (embeds && run.Outputs.Count == 0)
                run.Embedder = member;

            return run;
        }
    }

    /// <summary>
    ///   Whether a cmdlet comes right after another of the run, so that nothing can have changed its input objects.
    /// </summary>
    /// <param name="member">The cmdlet, which has joined.</param>
    public bool IsFollower(object member) => _followers.Contains(member);

    /// <summary>Whether another cmdlet of the run comes right after one, so that nothing else receives its objects.</summary>
    /// <param name="member">The cmdlet, which has joined.</param>
    public bool IsFollowed(object member) => _followed.Contains(member);

    /// <summary>The partial files of the innermost run on this thread that has outputs, for an error to name.</summary>
    public static IReadOnlyList<string> NamePartialFiles()
    {
        lock (OfThread)
        {
            if (OfThread.LastOrDefault(run => run.Outputs.Count > 0) is not { } run)
                return [];

            run.HasNamedPartialFiles = true;
            return [.. run.Outputs.Select(output => output.PartialFile).OfType<string>()];
        }
    }

    /// <summary>
    ///   Whether a run on this thread writes to a file: embeddings, a file next to them, or rejected records.
    /// </summary>
    public static bool Writes(string file) => FileIdentity.Of(file) is { } identity && IsIn(run => run.WritesTo(identity));

    /// <summary>Restores a file of rejected records, because a run on this thread will read it.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void RestoreRejects(string file)
    {
        FileIdentity? identity = FileIdentity.Of(file);
        JsonlRejectWriter[] opened;
        lock (OfThread)
            opened = [.. OfThread.SelectMany(run => run._rejects)
                .Where(writer => writer.Identity is not null && writer.Identity == identity)];

        foreach (JsonlRejectWriter writer in opened)
            writer.Restore();
    }

    /// <summary>
    ///   Checks that no run on this thread uses a file that will be written, for any purpose and under any name.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="mayBeReused">Whether it stays as it is until the run has ended, so that its embeddings can be reused.</param>
    /// <exception cref="IOException">One does.</exception>
    public static void RequireUnused(string file, bool mayBeReused = false)
    {
        if (FileIdentity.Of(file) is not { } identity)
            return;

        if (IsIn(run => run.WritesTo(identity)))
            throw new IOException($"another part of this pipeline writes to '{file}'. Name another file.");

        if (IsIn(run => run._read.Contains(identity)))
            throw new IOException($"this pipeline reads '{file}'. Name another file.");

        if (!mayBeReused && IsIn(run => run._reused.Contains(identity)))
        {
            throw new IOException(
                $"this pipeline reuses the vectors of '{file}', which only an output may replace, without -Append. Name another "
                + "file.");
        }
    }

    /// <summary>
    ///   Marks the arrival of the first record: cmdlets that begin now belong to another run. Runs of one cmdlet that have
    ///   begun, and have not received a record, are proxies in the same pipeline: they and this run become one.
    /// </summary>
    public void Start()
    {
        if (_started)
            return;

        lock (_home)
        {
            _started = true;

            // A single cmdlet may also run alone, in the begin block of a function, while the pipeline around it has not
            // finished beginning. Cmdlets that began after it and have not ended belong to its pipeline.
            int own = _home.IndexOf(this);
            Unite(
                [.. _home.Where(
                    (run, i) => i == own || (!run._started && (IsSingle ? i > own || run.HasWhollyBegun : run.IsSingle)))]);
        }
    }

    /// <summary>Records a file that will be read.</summary>
    public void Reads(string file)
    {
        if (FileIdentity.Of(file) is { } identity)
            _read.Add(identity);
    }

    /// <summary>Records a file whose embeddings will be reused.</summary>
    public void Reuses(string file)
    {
        if (FileIdentity.Of(file) is { } identity)
            _reused.Add(identity);
    }

    /// <summary>Records the next file that is read, as it is now. Outputs that have begun see it too.</summary>
    public void AddInput(InputFile input) => _inputs.Add(input);

    /// <summary>Makes the run a part of a larger one, before its first record.</summary>
    public void IsPart(ShardRun shard) => Shard = shard with
    {
        Count = () => (Counts.Read, Counts.Rejected),
        RejectFiles = output => [.. _rejects.Select(writer => writer.Describe(output)).OfType<RejectFile>()],
    };

    /// <summary>Begins an output.</summary>
    /// <param name="output">The output.</param>
    /// <param name="model">The model, if the run embeds.</param>
    /// <param name="batchSize">How many snippets make a batch, if the run embeds.</param>
    /// <param name="reusedFrom">The files whose embeddings are reused.</param>
    /// <returns>The embeddings of an interrupted run.</returns>
    /// <exception cref="IOException">
    ///   The output would replace an input, or the interrupted run was made with other settings.
    /// </exception>
    public IResumedEmbeddings Begin(
        JsonlEmbeddingWriter output,
        EmbeddingModel? model = null,
        int? batchSize = null,
        IReadOnlyList<string>? reusedFrom = null) => output.Begin(new EmbeddingRun
    {
        Model = model,
        BatchSize = batchSize,
        Inputs = _inputs,
        FindModel = LoadedModels.Find,
        ReusedFrom = reusedFrom ?? [],
        Shard = Shard,

        // The first output has counted the objects of a second one.
        Counts = output == Outputs[0] ? Counts : new RunCounts(),
    });

    /// <summary>Counts a record that a cmdlet received: only at the first cmdlet of the run.</summary>
    /// <param name="member">The cmdlet.</param>
    public void CountRead(object member) => Counts.Read += member == _reader ? 1 : 0;

    /// <summary>Counts a record that was rejected.</summary>
    public void CountRejected() => Counts.Rejected++;

    /// <summary>
    ///   Counts an embedding that was written: only at the first output or, without outputs, when it leaves the run.
    /// </summary>
    /// <param name="writer">The output, or the cmdlet that embeds.</param>
    public void CountWritten(object writer) => Counts.Written += writer == (Outputs.Count > 0 ? Outputs[0] : Embedder) ? 1 : 0;

    /// <summary>Opens a file for rejected records; cmdlets of one run may share it.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public JsonlRejectWriter OpenRejects(string file)
    {
        FileIdentity? identity = FileIdentity.Of(file);
        if (identity is not null && _rejects.Find(writer => writer.Identity == identity) is { } shared)
            return shared;

        RequireUnused(file);
        var opened = new JsonlRejectWriter(file);
        _rejects.Add(opened);
        return opened;
    }

    /// <summary>
    ///   Whether a file has content that an output of the run, or its rejected records, replace; a file that is next to an output
    ///   has none.
    /// </summary>
    /// <exception cref="IOException">The file cannot be examined.</exception>
    public bool Replaces(string file) => FileIdentity.Of(file) is { } identity
        && (Outputs.Any(output => FileIdentity.Of(output.Target) == identity) && new FileInfo(file).Length > 0
            || _rejects.Any(rejects => rejects.Identity == identity && rejects.ReplacesOther));

    /// <summary>Records that a cmdlet has ended. The last one closes the files of rejected records.</summary>
    public void Leave()
    {
        lock (_home)
        {
            if (--_members > 0)
                return;

            _home.Remove(this);
        }

        foreach (JsonlRejectWriter writer in _rejects)
            writer.Dispose();
    }

    /// <summary>Merges the other parts, in the order in which they began, which is that of the pipeline.</summary>
    private void Unite(PipelineRun[] parts)
    {
        if (parts.Length == 1)
            return;

        List<JsonlEmbeddingWriter> outputs = [];
        object? embedder = null;
        foreach (PipelineRun part in parts)
        {
            embedder = outputs.Count == 0 ? part.Embedder ?? embedder : embedder;
            outputs.AddRange(part.Outputs);
        }

        Embedder = embedder;
        Outputs.Clear();
        Outputs.AddRange(outputs);
        _reader = parts[0]._reader;
        foreach (PipelineRun part in parts.Where(part => part != this))
        {
            part._joined = this;
            part._started = true;
            _members += part._members;
            _rejects.AddRange(part._rejects);
            _read.UnionWith(part._read);
            _reused.UnionWith(part._reused);
            _home.Remove(part);
        }
    }

    private static bool IsIn(Predicate<PipelineRun> condition)
    {
        lock (OfThread)
            return OfThread.Exists(condition);
    }

    private bool WritesTo(FileIdentity file) =>
        Outputs.Exists(output => output.WritesTo(file)) || _rejects.Exists(writer => writer.Identity == file);
}
