using System.Management.Automation;
using CodeEmbed.Files;
using CodeEmbed.Jsonl;
using CodeEmbed.Runs;

namespace CodeEmbed.PowerShell.Runs;

/// <summary>What the cmdlets of one pipeline know of each other: what is read, what embeds, what is written, and how far it is.</summary>
/// <remarks>
///   <para>
///     PowerShell runs the BeginProcessing of every cmdlet of a pipeline, from left to right, before the first record. A cmdlet that
///     begins joins the run that began last on its thread, where that one has not started and stands further left in a pipeline of the
///     same length; else it begins a run of its own. So a pipeline inside another, as in a script block of ForEach-Object, is a run of its
///     own.
///   </para>
///   <para>The cmdlets of a pipeline, and of a pipeline inside it, run on one thread; only the end may come from another.</para>
/// </remarks>
internal sealed class PipelineRun
{
    [ThreadStatic]
    private static List<PipelineRun>? _ofThread;

    private readonly List<PipelineRun> _home;
    private readonly List<JsonlRejectWriter> _rejects = [];
    private readonly HashSet<FileIdentity> _inputs = [];
    private readonly int _pipelineLength;
    private int _position, _members;
    private bool _started;

    private PipelineRun(List<PipelineRun> home, int pipelineLength)
    {
        _home = home;
        _pipelineLength = pipelineLength;
    }

    /// <summary>Whether an error has named the partial files.</summary>
    public bool HasNamedPartialFiles { get; private set; }

    /// <summary>How many records were read, written and refused.</summary>
    public RunCounts Counts { get; } = new();

    /// <summary>The cmdlet that counts the records that are read: the first of the run.</summary>
    public object? Reader { get; private set; }

    /// <summary>The last cmdlet that embeds before the first output, if there is one.</summary>
    public object? Embedder { get; private set; }

    /// <summary>Where the run writes to: mostly one output, or none.</summary>
    public List<JsonlEmbeddingWriter> Outputs { get; } = [];

    private static List<PipelineRun> OfThread => _ofThread ??= [];

    /// <summary>Joins the run of a cmdlet that begins. Each cmdlet that joined must leave.</summary>
    /// <param name="invocation">The cmdlet's place.</param>
    /// <param name="member">The cmdlet.</param>
    /// <param name="embeds">Whether it embeds.</param>
    public static PipelineRun Join(InvocationInfo invocation, object member, bool embeds)
    {
        lock (OfThread)
        {
            if (OfThread is not [.., var run] || run._started || run._pipelineLength != invocation.PipelineLength || run._position >= invocation.PipelinePosition)
            {
                run = new PipelineRun(OfThread, invocation.PipelineLength);
                OfThread.Add(run);
            }

            run._position = invocation.PipelinePosition;
            run._members++;
            run.Reader ??= member;
            if (embeds && run.Outputs.Count == 0)
                run.Embedder = member;

            return run;
        }
    }

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

    /// <summary>Tells whether a run on this thread writes to a file: embeddings, what is kept beside them, or refused records.</summary>
    public static bool Writes(string file) => FileIdentity.Of(file) is { } identity && IsIn(run => run.WritesTo(identity));

    /// <summary>Gives a file of refused records back what it held, because a run on this thread is going to read it.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void RestoreRejects(string file)
    {
        FileIdentity? identity = FileIdentity.Of(file);
        JsonlRejectWriter[] opened;
        lock (OfThread)
            opened = [.. OfThread.SelectMany(run => run._rejects).Where(writer => writer.Identity is not null && writer.Identity == identity)];

        foreach (JsonlRejectWriter writer in opened)
            writer.Restore();
    }

    /// <summary>Sees that no run on this thread uses a file that is going to be written, for whatever and under whatever name.</summary>
    /// <exception cref="IOException">One does.</exception>
    public static void RequireUnused(string file)
    {
        if (FileIdentity.Of(file) is not { } identity)
            return;

        if (IsIn(run => run.WritesTo(identity)))
            throw new IOException($"another part of this pipeline writes to '{file}'. Name another file.");

        if (IsIn(run => run._inputs.Contains(identity)))
            throw new IOException($"this pipeline reads '{file}'. Name another file.");
    }

    /// <summary>Takes note that records come: whoever begins now belongs to another run.</summary>
    public void Start() => _started = true;

    /// <summary>Takes note of a file that is read.</summary>
    public void AddInput(string file)
    {
        if (FileIdentity.Of(file) is { } identity)
            _inputs.Add(identity);
    }

    /// <summary>Opens a file for refused records; cmdlets of one run may share it.</summary>
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

    /// <summary>Takes note that a cmdlet has ended. The last one closes the files of refused records.</summary>
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

    private static bool IsIn(Predicate<PipelineRun> condition)
    {
        lock (OfThread)
            return OfThread.Exists(condition);
    }

    private bool WritesTo(FileIdentity file) => Outputs.Exists(output => output.WritesTo(file)) || _rejects.Exists(writer => writer.Identity == file);
}
