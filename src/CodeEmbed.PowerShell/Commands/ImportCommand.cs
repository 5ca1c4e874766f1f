using System.Management.Automation;
using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Numpy;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.PowerShell.Objects;
using CodeEmbed.PowerShell.Runs;
using CodeEmbed.Runs;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>The base of the cmdlets that read files of records.</summary>
/// <typeparam name="T">What a record becomes.</typeparam>
public abstract class ImportCommand<T> : CodeEmbedCmdlet
    where T : class
{
    /// <summary>The parameter set of <see cref="Path"/>.</summary>
    protected const string PathSet = "Path";

    private const string LiteralPathSet = "LiteralPath";

    private readonly List<string> _ofShards = [];
    private JsonlRejectWriter? _rejects;
    private ErrorRecord? _unreadable;
    private CodeEmbedException? _invalid;
    private bool _anyCame, _anyRead;

    /// <summary>The files; wildcards are allowed. A file whose name ends in .gz or .zst is decompressed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The files, by their exact names. A file whose name ends in .gz or .zst is decompressed.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Makes a bad record an error that does not end the pipeline, and continues.</summary>
    [Parameter]
    public SwitchParameter SkipInvalid { get; set; }

    /// <summary>
    ///   A file of JSON Lines for the records that -SkipInvalid rejects, each with its file, its line and the reason. The old
    ///   contents of the file are dropped at the end.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RejectPath { get; set; }

    /// <summary>Opens a file.</summary>
    /// <param name="file">The file's full path.</param>
    /// <param name="share">Its part of the whole input, or <see langword="null"/> if that is not known.</param>
    /// <param name="range">Which part of its text is read; <see langword="null"/> for all of it.</param>
    /// <returns>A reader of the file's records, one at a time.</returns>
    private protected abstract IAsyncEnumerable<Outcome<T>> Read(string file, InputShare? share, ByteRange? range);

    /// <summary>The shard of the input that is read; <see langword="null"/> for all of it.</summary>
    private protected virtual ShardParameters? Shard => null;

    /// <summary>Whether the session must know how the objects are shown; setting it up takes time.</summary>
    private protected abstract bool NeedsTypeInformation { get; }

    /// <summary>The file that a file belongs to, as a part; <see langword="null"/> if it is a file of its own.</summary>
    /// <param name="file">The file.</param>
    private protected abstract string? FindOwner(string file);

    /// <summary>Finishes a record, on the pipeline's thread.</summary>
    /// <param name="record">The record, as it was read.</param>
    private protected virtual Outcome<T> Complete(Outcome<T> record) => record;

    /// <summary>The object to pass on for a record.</summary>
    /// <param name="record">The record.</param>
    private protected abstract object Show(T record);

    /// <inheritdoc/>
    private protected override bool ReadsFiles => true;

    /// <inheritdoc/>
    private protected override string? SkipSwitch(CodeEmbedException error) =>
        error == _invalid && !SkipInvalid ? $"{MyInvocation.MyCommand.Name} -{nameof(SkipInvalid)}" : null;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        JoinRun();

        if (NeedsTypeInformation)
            TypeInformation.Tell(this);

        _rejects = OpenRejects(RejectPath);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        _anyCame = true;
        Run.Start();
        bool literal = ParameterSetName == LiteralPathSet;
        string[] files = [.. (literal ? LiteralPath : Path).SelectMany(path => Resolve(path, literal))];
        foreach (string file in files.SelectMany(NumpyFiles.ReadFor))
            RequireNotWritten(file);

        if (Shard is not null)
        {
            // The total is known only at the end.
            _ofShards.AddRange(files);
            return;
        }

        foreach ((string file, InputShare? share) in files.Zip(InputShares.Of(files, MyInvocation.ExpectingInput)))
            Write(file, share, range: null);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        RequirePath(_anyCame);
        if (Shard is not null && _ofShards.Count > 0)
            WriteShard(Shard);

        // If no file exists, ending silently would let the pipeline replace its output with nothing.
        if (_unreadable is not null && !_anyRead && (Run.Outputs.Count > 0 || !IsSilent("ErrorAction", "ErrorActionPreference")))
            Fail(_unreadable);

        ReportUnreadable();
        CompleteRejects(_rejects);
    }

    private void WriteShard(ShardParameters shard)
    {
        ShardPlan plan = RunOrFail(
            () => ShardPlan.OfAsync(_ofShards, shard.Index, shard.Count, ZstandardAdapter.For, StopToken),
            e => ErrorRecords.FileRead(e, _ofShards.Count == 1 ? _ofShards[0] : "the input"));
        Run.IsPart(plan.Run);
        _anyRead = true;
        foreach (ShardPiece piece in plan.Pieces)
        {
            WriteVerbose(
                $"Shard {shard.Index} of {shard.Count}: '{piece.File}', what starts at byte {piece.Range.Start} or later, before "
                + $"byte {piece.Range.End} of its text.");
            Write(piece.File, piece.Share, piece.Range);
        }
    }

    private IEnumerable<string> Resolve(string path, bool literal)
    {
        IReadOnlyList<string> files = FileSystemPath.FindExisting(SessionState.Path, path, literal, out string problem);
        if (problem.Length > 0)
            AddUnreadable(new FileNotFoundException(problem), path);

        bool isNamed = IsNamed(path, literal);
        return files.Where(file => IsFile(file) && (isNamed || IsWanted(file)));
    }

    private bool IsFile(string path)
    {
        if (!Directory.Exists(path))
            return true;

        AddUnreadable(new IOException("it is a folder. Name the files in it, as in folder/*.jsonl."), path);
        return false;
    }

    /// <summary>
    ///   Skips a file that Export-CodeEmbedding put next to its output, if it was not named but came from Get-ChildItem or a
    ///   pattern.
    /// </summary>
    private bool IsWanted(string file)
    {
        if (FindOwner(file) is not { } index)
            return true;

        WriteVerbose($"Skipped '{file}', which belongs to '{index}'.");
        return false;
    }

    private void Write(string file, InputShare? share, ByteRange? range)
    {
        // If the records next to a file are missing, the reading reports it.
        foreach (string read in NumpyFiles.ReadFor(file).Where(read => read == file || File.Exists(read)))
            Run.AddInput(RunOrFail(() => ValueTask.FromResult(InputFile.Of(read)), e => ErrorRecords.FileRead(e, read)));

        ReportUnreadable();
        _anyRead = true;
        bool isUnseen = PassesUnseen;
        IAsyncEnumerator<Outcome<T>> records = RunOrFail(
            () => ValueTask.FromResult(Read(file, share, range).GetAsyncEnumerator(StopToken)),
            e => ErrorRecords.FileRead(e, file));
        try
        {
            while (RunOrFail(records.MoveNextAsync, e => ErrorRecords.FileRead(e, file)))
            {
                Run.CountRead(this);
                Write(Complete(records.Current), isUnseen);
            }
        }
        finally
        {
            records.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private void Write(Outcome<T> record, bool isUnseen)
    {
        if (!record.IsRejected)
        {
            WriteObject(isUnseen ? record.Value : Show(record.Value));
            return;
        }

        _invalid = record.Rejected.Reason;
        if (!SkipInvalid)
            Fail(_invalid);

        Reject(record.Rejected, _rejects);
    }

    /// <summary>Checks that the run does not write to a file that it reads, before anything is written.</summary>
    private void RequireNotWritten(string file)
    {
        if (RunOrFail(() => ValueTask.FromResult(PipelineRun.Writes(file)), e => ErrorRecords.FileRead(e, file)))
        {
            DoOrFail(() => PipelineRun.RestoreRejects(file), e => ErrorRecords.FileWrite(e, file));
            Fail(
                ErrorRecords.FileRead(
                    new IOException("this pipeline is going to write to it. Read a copy of it, or write to another file."),
                    file));
        }

        Run.Reads(file);
    }

    /// <summary>Records that a file is missing. The error is held back until it is known whether another file exists.</summary>
    private void AddUnreadable(Exception error, string path)
    {
        ReportUnreadable();
        _unreadable = ErrorRecords.FileRead(error, path);
    }

    private void ReportUnreadable()
    {
        if (_unreadable is not null)
            WriteError(_unreadable);

        _unreadable = null;
    }
}
