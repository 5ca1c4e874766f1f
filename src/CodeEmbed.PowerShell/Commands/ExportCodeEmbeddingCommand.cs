using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using CodeEmbed.Formats;
using CodeEmbed.Jsonl;
using CodeEmbed.Numpy;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.PowerShell.Objects;
using CodeEmbed.PowerShell.Runs;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>
///   Writes embeddings to a file, or to a PostgreSQL table. The file is replaced, and the table written, when the pipeline has
///   reached its end.
/// </summary>
[Cmdlet(VerbsData.Export, "CodeEmbedding", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(CodeEmbedding))]
public sealed class ExportCodeEmbeddingCommand : CodeEmbedCmdlet
{
    private const string PathSet = "Path", LiteralPathSet = "LiteralPath", DatabaseSet = "Database";

    private static readonly string[] SummaryTags = ["CodeEmbed.Summary"];

    /// <summary>Endings that promise a format that is not written.</summary>
    private static readonly FrozenSet<string> OtherEndings = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        ".arrow", ".bz2", ".csv", ".duckdb", ".feather", ".h5", ".npz", ".pickle", ".pkl", ".pt", ".tsv", ".xlsx", ".xml", ".xz",
        ".yaml", ".zip");

    private string _target = string.Empty, _shown = string.Empty;
    private IEmbeddingDatabase? _database;
    private JsonlEmbeddingWriter? _writer;
    private bool _anyCame;
    private long _started, _received, _written, _earlierLength;

    /// <summary>The embeddings.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>The file to write, by its exact name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet)]
    [Alias("LP")]
    [ValidateNotNullOrEmpty]
    public string LiteralPath { get; set; } = string.Empty;

    /// <summary>The PostgreSQL server and database. Missing values come from the environment.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DatabaseSet)]
    [AllowEmptyString]
    public string ConnectionString { get; set; } = string.Empty;

    /// <summary>The table to write, or the schema and the table with a dot between them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DatabaseSet)]
    [ValidateNotNullOrEmpty]
    public string Table { get; set; } = string.Empty;

    /// <summary>The source of the embeddings: rows of this source that are not written now are deleted.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [ValidateNotNullOrEmpty]
    public string? Source { get; set; }

    /// <summary>Creates the table if it does not exist.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    public SwitchParameter CreateTable { get; set; }

    /// <summary>Creates an HNSW index for cosine distance on the vectors, unless the table has one.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    public SwitchParameter CreateIndex { get; set; }

    /// <summary>The user who connects, and the password.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>
    ///   Continues the partial file of an interrupted run: finished snippets are not embedded again. Without a
    ///   partial file, the run is an ordinary one.
    /// </summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>Adds to the file, in place. If the run fails, the file is cut back to its old length.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter Append { get; set; }

    /// <summary>With -Append: adds also to a file whose last embedding has another fingerprint.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter AllowMixed { get; set; }

    /// <summary>
    ///   Writes to a read-only file too, makes the folders that are missing, and, without -Resume, drops the partial file of an
    ///   interrupted run.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes content_sha256 instead of content. Such a file cannot be an input for ConvertTo-CodeEmbedding.</summary>
    [Parameter]
    public SwitchParameter ExcludeContent { get; set; }

    /// <summary>How vectors are written in JSON Lines: as arrays of numbers, or as Base64 of their bytes.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public EmbeddingVectorEncoding VectorEncoding { get; set; }

    /// <summary>Keeps a file that exists, and makes it an error.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Passes the embeddings on down the pipeline, each when it is written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        JoinRun();
        _started = Stopwatch.GetTimestamp();
        _target = ParameterSetName switch
        {
            LiteralPathSet => Resolve(LiteralPath),
            DatabaseSet => OpenDatabase(),
            _ => Resolve(RequireOneName(Path)),
        };
        _shown = _database?.Name ?? _target;
        if (NoClobber && !Append && File.Exists(_target))
        {
            Fail(ErrorRecords.FileWrite(
                new OutputException(OutputProblem.Exists, "it already exists."), _target, isResumable: true));
        }

        if (MyInvocation.BoundParameters.ContainsKey(nameof(VectorEncoding)) && FormatOfVectors(_target) is { } format)
        {
            Fail(
                ErrorRecords.FileWrite(
                    new IOException(
                        $"-VectorEncoding is for JSON Lines, and it would be {format}, which stores vectors in its own way."),
                    _target,
                    isResumable: false));
        }

        // Asked before anything is touched; if the answer is no, the objects from the pipeline are ignored.
        if (!ShouldProcess(_shown, Append ? "Add embeddings" : "Write embeddings"))
            return;

        string ending = System.IO.Path.GetExtension(_target);
        if (_database is null && OtherEndings.Contains(ending))
        {
            WriteWarning(
                $"'{_target}' is written as JSON Lines, because the ending {ending} does not choose a format. Get-Help "
                + "Export-CodeEmbedding lists the endings that do.");
        }

        RunOrFail(() =>
        {
            IReadOnlyList<string> files = JsonlEmbeddingWriter.FilesOf(_target);

            // The target, unless it is added to, stays as it is until the vectors that are reused have been read.
            PipelineRun.RequireUnused(files[0], mayBeReused: !Append);
            foreach (string file in files.Skip(1))
                PipelineRun.RequireUnused(file);

            var options = new JsonlWriterOptions
            {
                Resume = Resume,
                Append = Append,
                AllowMixed = AllowMixed,
                NoClobber = NoClobber,
                Force = Force,
                ExcludeContent = ExcludeContent,
                VectorEncoding = VectorEncoding,
                Zstandard = ZstandardAdapter.For(_target),
                Store = StoreAdapter.Instance,
                Database = _database,
            };
            _writer = new JsonlEmbeddingWriter(_target, options, StopToken);
            if (_database is null && !Append && File.Exists(_writer.Target))
                _earlierLength = new FileInfo(_writer.Target).Length;

            Run.Outputs.Add(_writer);
            return ValueTask.CompletedTask;
        });
        if (_database is { } database)
            RunOrFail(() => database.RequireReadyAsync(model: null, StopToken));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Run.Start();

        // A parameter of the type itself, or one that does not allow null, would leave such an object to PowerShell, whose error
        // does not end the pipeline: it would continue and replace its output with an incomplete one.
        _received++;
        bool isUntouched = GetsUntouched;
        CodeEmbedding? embedding = isUntouched ? InputObject?.BaseObject as CodeEmbedding : FindEmbedding();
        if (embedding is null)
        {
            Fail(ErrorRecords.WrongInput(InputObject?.BaseObject, WantedObject.Embedding));
            return;
        }

        if (_writer is null)
            return;

        if (!_anyCame)
            Begin();

        Run.CountRead(this);
        RunOrFail(() => _writer.WriteAsync([embedding], StopToken));
        Run.CountWritten(_writer);
        _written++;
        if (!PassThru)
            return;

        TypeInformation.Tell(this);
        WriteObject(isUntouched ? RecordProperties.Show(embedding) : embedding);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_writer is null)
            return;

        RunOrFail(() =>
        {
            // A shard without records is a shard too, and is described as one.
            if (Run.Shard is not null && !_writer.HasBegun)
                Run.Begin(_writer);

            return _writer.CompleteAsync(StopToken);
        });
        if (_database?.Change is { } change)
            Tell(change);

        if (_written == 0 && _earlierLength > 0)
        {
            WriteWarning(string.Create(
                CultureInfo.InvariantCulture,
                $"No embeddings came, so '{_target}' has none now. Before, it had {_earlierLength} bytes."));
        }

        if (_writer.IsMixed && !AllowMixed)
        {
            WriteWarning(
                $"The embeddings in '{_target}' are from different models or settings, so the file cannot be searched. Write a "
                + "file for each of them.");
        }

        if (Run.Outputs[^1] == _writer)
            WriteVerbose(Run.Counts.ToString());

        WriteInformation(
            new ExportSummary(_shown, _written, Run.Counts.Rejected, Stopwatch.GetElapsedTime(_started)) { Reuse = Run.Reuse },
            SummaryTags);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        try
        {
            if (disposing && _writer is not null)
                Close(_writer);
        }
        finally
        {
            try
            {
                if (disposing)
                    _database?.Dispose();
            }
            finally
            {
                base.Dispose(disposing);
            }
        }
    }

    /// <summary>Opens the table, and names the file next to which its lines are collected.</summary>
    private string OpenDatabase()
    {
        string name = TableFileName.Of(Table, Source);
        _database = RunOrFail(
            () => ValueTask.FromResult(
                PostgresAdapter.Open(ConnectionString, Table, Credential, Source, CreateTable, CreateIndex)),
            e => ErrorRecords.FileRead(e, "CodeEmbed.Postgres"));
        return Resolve(WildcardPattern.Escape(name));
    }

    /// <summary>Reports what was changed in the table.</summary>
    private void Tell(EmbeddingDatabaseChange change)
    {
        WriteVerbose(string.Create(
            CultureInfo.InvariantCulture,
            $"Rows of the table that are new or changed: {change.Changed}; deleted: {change.Deleted}."));
        if (_written == 0 && change.Deleted > 0)
        {
            WriteWarning(string.Create(
                CultureInfo.InvariantCulture,
                $"No embeddings came, so the rows of the source were deleted from the table: {change.Deleted}."));
        }

        if (change.Repeated > 0)
        {
            WriteWarning(string.Create(
                CultureInfo.InvariantCulture,
                $"{change.Repeated} of the embeddings have the id of a later one. The table has the last one of each id."));
        }
    }

    /// <summary>
    ///   The embedding from the pipeline, with added properties; <see langword="null"/> if the object is something else.
    /// </summary>
    private CodeEmbedding? FindEmbedding() => RunOrFail(
        () => ValueTask.FromResult(ReturnedObject.FindEmbedding(InputObject, PipelinePlace.Of(_received))));

    /// <summary>Begins the output, unless the cmdlet that embeds has: it knows more about the run.</summary>
    private void Begin()
    {
        _anyCame = true;
        if (Run.Embedder is not null)
            return;

        RunOrFail(() =>
        {
            Run.Begin(_writer!);
            return ValueTask.CompletedTask;
        });
    }

    /// <summary>
    ///   Closes the output. If the run ended without an error that names the partial file, shows its name to the user.
    /// </summary>
    private void Close(JsonlEmbeddingWriter writer)
    {
        string? partialFile = writer.PartialFile;
        writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
        if (partialFile is null || Run.HasNamedPartialFiles)
            return;

        try
        {
            // A cmdlet of a pipeline that was stopped can no longer write to a stream, but its host can.
            if (!IsSilent("WarningAction", "WarningPreference"))
            {
                Host.UI.WriteWarningLine(
                    $"{CodeEmbedException.DescribePartialFile(partialFile)} {ErrorRecords.HowToResume}");
            }
        }
        catch (Exception e) when (e is HostException or NotImplementedException or InvalidOperationException)
        {
            // This host cannot show it. By the documentation of PSHostUserInterface, a host without such an output answers with
            // one of these exceptions.
        }
    }

    /// <summary>
    ///   Refuses a pattern, as Export-Csv does if it matches no file: the file written would have another name.
    /// </summary>
    private string RequireOneName(string path)
    {
        if (WildcardPattern.ContainsWildcardCharacters(path))
        {
            Fail(
                ErrorRecords.FileWrite(
                    new IOException(
                        "it has wildcards, and -Path takes the name of one file. -LiteralPath takes a name literally."),
                    path));
        }

        return WildcardPattern.Unescape(path);
    }

    /// <summary>The format of a file whose name says that its vectors are not text; <see langword="null"/> for text.</summary>
    private static string? FormatOfVectors(string target) => StoreFormat.Of(target) is { } format ? StoreFormat.NameOf(format)
        : NumpyFiles.IsOne(target) ? "a NumPy file"
        : null;

    private string Resolve(string path)
    {
        string? target = ResolveFile(path, out string problem);
        if (target is null)
            Fail(ErrorRecords.FileWrite(new IOException(problem), path));

        return target;
    }

    private void RunOrFail(Func<ValueTask> write) => RunOrFail(
        async () =>
        {
            await write().ConfigureAwait(false);
            return true;
        },
        e => ErrorRecords.FileWrite(e, _target, isResumable: true));
}
