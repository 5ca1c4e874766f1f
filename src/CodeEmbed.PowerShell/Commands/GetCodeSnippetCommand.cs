using System.Management.Automation;
using CodeEmbed.Indexes;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.PowerShell.Completion;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.PowerShell.Objects;
using CodeEmbed.PowerShell.Runs;
using CodeEmbed.PowerShell.Sources;
using CodeEmbed.Runs;
using CodeEmbed.Shards;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Makes code snippets from source files: cut at their functions and classes, one file after the other.</summary>
[Cmdlet(VerbsCommon.Get, "CodeSnippet", DefaultParameterSetName = PathSet)]
[OutputType(typeof(CodeSnippet))]
public sealed class GetCodeSnippetCommand : HubCmdlet
{
    private const string PathSet = "Path", LiteralPathSet = "LiteralPath";

    private readonly List<string> _written = [];
    private string? _overwritten;
    private readonly List<SourcePath> _ofShards = [];
    private ShardParameters? _shard;
    private HashSet<string>? _inShard;
    private ISourceReader? _reader;
    private PathFilter? _filter;
    private ErrorRecord? _missing;
    private bool _anyCame, _anyFound;
    private long _files, _skipped, _snippets;

    /// <summary>Files and folders; wildcards are allowed. By default the current location.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = ["."];

    /// <summary>Files and folders, by their exact names.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>
    ///   Reads only files that match one of these patterns: by their name, by their path from the folder that was given, or by
    ///   the name or path of a folder that they are in.
    /// </summary>
    [Parameter]
    [SupportsWildcards]
    public string[] Include { get; set; } = [];

    /// <summary>Leaves out files that match one of these patterns, in the same way.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[] Exclude { get; set; } = [];

    /// <summary>
    ///   How many tokens a snippet has at most: of the model, its special ones and its prompt included, or without a model as an
    ///   estimate. By default as many as the model sees, or 512.
    /// </summary>
    [Parameter]
    public int? MaxLength { get; set; }

    /// <summary>
    ///   The model whose tokens count: a folder, the name of a model that comes with the module, or a model on the Hugging Face
    ///   Hub. Without it tokens are estimated.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <summary>Makes one snippet from each file, however long it is.</summary>
    [Parameter]
    public SwitchParameter WholeFile { get; set; }

    /// <summary>Which shard of the files is read; the first is 0.</summary>
    [Parameter]
    public int? ShardIndex { get; set; }

    /// <summary>Into how many shards the files are divided, by their bytes. With ShardIndex.</summary>
    [Parameter]
    public int? ShardCount { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _shard = FindShard(ShardIndex, ShardCount);
        JoinRun();
        if (MyInvocation.PipelinePosition == MyInvocation.PipelineLength)
            TypeInformation.Tell(this);

        _filter = new PathFilter(Include, Exclude);
        ITokenCounter? counter = Model is null ? null : LoadCounter(Model);
        int maxLength = counter?.MaxLength ?? MaxLength ?? SourceReaderOptions.DefaultMaxLength;
        _reader = RunOrFail(
            () => ValueTask.FromResult(SourceEngine.Create(new SourceReaderOptions
            {
                MaxLength = maxLength,
                Counter = counter,
                WholeFile = WholeFile,
                Filter = Takes,
                Parsers = [new PowerShellParser()],
            })),
            e => ErrorRecords.FileRead(e, LoadedModule.Folder));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        _anyCame = true;
        Run.Start();
        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string path in literal ? LiteralPath : Path)
        {
            foreach (SourcePath source in Resolve(path, literal))
            {
                ReportMissing();
                _anyFound = true;
                if (_shard is not null)
                {
                    // The total is known only at the end.
                    _ofShards.Add(source);
                    continue;
                }

                Write(_reader!.Read(source, StopToken));
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        RequirePath(_anyCame);

        // As with Import-CodeSnippet: ending silently would let the pipeline replace its output with nothing.
        if (_missing is not null && !_anyFound && (Run.Outputs.Count > 0 || !IsSilent("ErrorAction", "ErrorActionPreference")))
            Fail(_missing);

        ReportMissing();
        if (_shard is not null && _ofShards.Count > 0)
            WriteShard(_shard);

        Write(_reader!.Complete(StopToken));
        FailIfOverwritten();
        WriteVerbose($"Snippets: {_snippets} of {_files} files. Skipped: {_skipped} files and folders.");
        if (_snippets == 0 && _anyFound && _shard is null)
            TellNothing();
    }

    /// <summary>
    ///   Says that there is no source code: if a disk is not mounted, an output would be replaced with nothing.
    /// </summary>
    private void TellNothing()
    {
        string paths = string.Join(", ", ParameterSetName == LiteralPathSet ? LiteralPath : Path);
        const string Problem = "no source code was found there. -Verbose names the files that were skipped.";
        if (Run.Outputs.Count > 0)
            Fail(ErrorRecords.FileRead(new IOException(Problem), paths));

        WriteWarning($"'{paths}': {Problem}");
    }

    /// <summary>Divides the files by their bytes: each belongs to the shard in whose part of all bytes it starts.</summary>
    private void WriteShard(ShardParameters shard)
    {
        var files = new List<(string Path, long Length)>();
        var inputs = new List<ShardInput>();
        foreach (SourcePath source in _ofShards)
        {
            (string Path, long Length)[] found = RunOrFail(
                () => ValueTask.FromResult(
                    _reader!.List(source, StopToken).Select(path => (path, LengthOf(path))).ToArray()),
                e => ErrorRecords.FileRead(e, source.FullPath));
            inputs.Add(ShardInput.OfFolder(source.FullPath, found));
            files.AddRange(found);
        }

        long total = files.Sum(file => file.Length), before = 0;
        long start = ShardRun.StartOf(total, shard.Index, shard.Count);
        long end = ShardRun.StartOf(total, shard.Index + 1, shard.Count);
        _inShard = [];
        foreach ((string path, long length) in files)
        {
            // Files without bytes at the very end start where the last shard ends.
            if (before >= start && (before < end || shard.Index == shard.Count - 1))
                _inShard.Add(path);

            before += length;
        }

        WriteVerbose($"Shard {shard.Index} of {shard.Count}: {_inShard.Count} of {files.Count} files.");
        Run.IsPart(new ShardRun(shard.Index, shard.Count, inputs));
        foreach (SourcePath source in _ofShards)
            Write(_reader!.Read(source, StopToken));
    }

    /// <summary>The length of a file; 0 if it is gone, or not a file. The reading reports why.</summary>
    private static long LengthOf(string path)
    {
        try
        {
            return InputFile.Of(path).Size;
        }
        catch (Exception e) when (IsFileError(e))
        {
            return 0;
        }
    }

    private ITokenCounter LoadCounter(string model)
    {
        EmbeddingServiceOptions options = FindModel(model) with { MaxLength = MaxLength };
        return RunOrFail(() => ValueTask.FromResult(EmbeddingEngine.CreateCounter(options)));
    }

    /// <summary>
    ///   Whether a file is read. Earlier outputs that the pipeline replaces are not its sources; other files must not be
    ///   replaced.
    /// </summary>
    private bool Takes(string fullPath, string path)
    {
        if (!_filter!.Takes(path) || _inShard?.Contains(fullPath) == false)
            return false;

        if (!Run.HasOutputs || !PipelineRun.Writes(fullPath))
            return true;

        if (Run.Replaces(fullPath) && !IsJsonLines(fullPath) && !IndexModel.IsIndex(fullPath))
            _overwritten ??= fullPath;
        else
            _written.Add(fullPath);

        return false;
    }

    private static bool IsJsonLines(string path)
    {
        string name = CompressedFormat.Of(path) is { } compressed ? path[..^compressed.Ending.Length] : path;
        return System.IO.Path.GetExtension(name).ToLowerInvariant() is ".jsonl" or ".ndjson";
    }

    private IEnumerable<SourcePath> Resolve(string path, bool literal)
    {
        IReadOnlyList<string> found = FileSystemPath.FindExisting(SessionState.Path, path, literal, out string problem);
        if (problem.Length > 0)
        {
            ReportMissing();
            _missing = ErrorRecords.FileRead(new FileNotFoundException(problem), path);
        }

        // The rules leave out files that were found by a search, but not files that were named.
        bool isNamed = IsNamed(path, literal);
        string location = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        return found.Order(StringComparer.Ordinal).Select(full => new SourcePath(full)
        {
            IsNamed = isNamed,
            BaseFolder = isNamed && Directory.Exists(full) ? null : location,
        });
    }

    private void FailIfOverwritten()
    {
        if (_overwritten is { } path)
        {
            Fail(ErrorRecords.FileRead(
                new IOException("this pipeline is going to replace it. Write to another file."),
                path));
        }
    }

    private void Write(IEnumerable<SourceFileResult> results)
    {
        using IEnumerator<SourceFileResult> next = results.GetEnumerator();
        while (RunOrFail(() => ValueTask.FromResult(next.MoveNext())))
            Write(next.Current);
    }

    private void Write(SourceFileResult result)
    {
        FailIfOverwritten();
        foreach (string path in _written)
            WriteVerbose($"{path}: skipped: this pipeline writes to it.");

        _written.Clear();
        foreach (string note in result.Notes)
            WriteVerbose($"{result.Path}: {note}");

        if (result.Warning is { } warning)
            WriteWarning($"{result.Path}: {warning}");

        if (result.Error is { } error)
        {
            WriteError(ErrorRecords.FileRead(error, result.Path));
            return;
        }

        if (result.Snippets.Count == 0)
        {
            _skipped++;
            return;
        }

        _files++;
        foreach (CodeSnippet snippet in result.Snippets)
        {
            _snippets++;
            Run.CountRead(this);
            WriteObject(snippet);
        }
    }

    private void ReportMissing()
    {
        if (_missing is not null)
            WriteError(_missing);

        _missing = null;
    }
}
