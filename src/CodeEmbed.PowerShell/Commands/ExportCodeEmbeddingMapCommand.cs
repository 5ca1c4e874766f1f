using System.Management.Automation;
using CodeEmbed.Jsonl;
using CodeEmbed.Maps;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.PowerShell.Runs;
using CodeEmbed.PowerShell.Search;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Writes a map of embeddings: an HTML page on which each snippet is a point.</summary>
[Cmdlet(VerbsData.Export, "CodeEmbeddingMap", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
public sealed class ExportCodeEmbeddingMapCommand : CodeEmbedCmdlet
{
    private const string PathSet = "Path", LiteralPathSet = "LiteralPath";

    private string _target = string.Empty;

    /// <summary>Files that Export-CodeEmbedding wrote; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files that Export-CodeEmbedding wrote, by their exact names.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet)]
    [Alias("LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The page to write, by its exact name.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = string.Empty;

    /// <summary>What decides the colour of a point when the page is opened; the page can change it.</summary>
    [Parameter]
    public EmbeddingMapColor ColorBy { get; set; } = EmbeddingMapColor.Language;

    /// <summary>
    ///   Replaces a read-only page too, makes the folders that are missing, and drops what a killed run left in the partial
    ///   file.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Keeps a page that exists, and makes it an error.</summary>
    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => JoinRun();

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Run.Start();
        _target = ResolveFile(Destination, out string problem) ?? string.Empty;
        if (_target.Length == 0)
            Fail(ErrorRecords.FileWrite(new IOException(problem), Destination, isResumable: false));

        // A missing one ends the run: the map would be incomplete.
        bool literal = ParameterSetName == LiteralPathSet;
        IReadOnlyList<string> outputs = WriteOrFail(() => ValueTask.FromResult(JsonlEmbeddingWriter.FilesOf(_target)));
        IReadOnlyList<string> files = EmbeddingFiles.Find(
            SessionState.Path, literal ? LiteralPath : Path, literal, Fail, [.. outputs]);
        if (!ShouldProcess(_target, "Write a map of embeddings"))
            return;

        foreach (string file in files)
            RequireNotWritten(file);

        EmbeddingMapWriter writer = WriteOrFail(() => ValueTask.FromResult(Open()));
        try
        {
            var useless = new List<(string File, string Reason)>();
            foreach (string file in files)
            {
                if (Read(file, writer) is { } reason)
                    useless.Add((file, reason));
            }

            if (writer.Count == 0)
                Fail(ErrorRecords.FileRead(new IOException(useless[0].Reason), useless[0].File));

            foreach ((string file, string reason) in useless)
                WriteWarning($"'{file}' is left out: {reason}");

            WriteOrFail(async () =>
            {
                await writer.CompleteAsync(StopToken).ConfigureAwait(false);
                return true;
            });
            WriteVerbose($"Wrote {writer.Count} points to '{_target}'.");
        }
        finally
        {
            writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private EmbeddingMapWriter Open()
    {
        foreach (string file in JsonlEmbeddingWriter.FilesOf(_target))
            PipelineRun.RequireUnused(file);

        return new EmbeddingMapWriter(_target, new EmbeddingMapOptions
        {
            ColorBy = ColorBy,
            Force = Force,
            NoClobber = NoClobber,
            Zstandard = ZstandardAdapter.For(_target),
        });
    }

    private void RequireNotWritten(string file)
    {
        if (RunOrFail(() => ValueTask.FromResult(PipelineRun.Writes(file)), e => ErrorRecords.FileRead(e, file)))
            Fail(ErrorRecords.FileRead(new IOException("this pipeline is going to write to it. Read a copy of it."), file));

        Run.Reads(file);
    }

    /// <summary>Adds the embeddings of a file to the map. A bad record is left out, with a warning.</summary>
    /// <returns>Why the file is left out; <see langword="null"/> if it holds an embedding.</returns>
    private string? Read(string file, EmbeddingMapWriter writer)
    {
        int before = writer.Count;
        string first = string.Empty;
        var rejected = new RejectedLines();
        IAsyncEnumerator<Outcome<CodeEmbedding>> records = RunOrFail(
            () => ValueTask.FromResult(
                new JsonlEmbeddingReader(file) { Zstandard = ZstandardAdapter.For(file), Store = StoreAdapter.Instance }
                    .ReadAsync(StopToken).GetAsyncEnumerator(StopToken)),
            e => ErrorRecords.FileRead(e, file));
        try
        {
            while (RunOrFail(records.MoveNextAsync, e => ErrorRecords.FileRead(e, file)))
            {
                Outcome<CodeEmbedding> record = records.Current;
                if (record.IsRejected)
                {
                    rejected.Add(record.Rejected);
                    if (first.Length == 0)
                        first = $" {record.Rejected.Reason.Message}";
                }
                else
                {
                    DoOrFail(() => writer.Add(record.Value), e => ErrorRecords.FileRead(e, file));
                }
            }

            if (writer.Count == before)
                return $"it holds no embeddings.{first}";

            rejected.Tell(this, [], error => WriteWarning(error.ErrorDetails.Message));
            return null;
        }
        finally
        {
            records.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private T WriteOrFail<T>(Func<ValueTask<T>> work) =>
        RunOrFail(work, e => ErrorRecords.FileWrite(e, _target, isResumable: false));
}
