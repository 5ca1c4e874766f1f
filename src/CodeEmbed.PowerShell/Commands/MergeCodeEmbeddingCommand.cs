using System.Management.Automation;
using CodeEmbed.Indexes;
using CodeEmbed.Jsonl;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Errors;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Merges the files that the shards of one run wrote into the file that a single run writes.</summary>
[Cmdlet(VerbsData.Merge, "CodeEmbedding", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(MergeSummary))]
public sealed class MergeCodeEmbeddingCommand : CodeEmbedCmdlet
{
    private const string PathSet = "Path", LiteralPathSet = "LiteralPath";

    private readonly List<string> _shards = [];

    /// <summary>The files of all shards, in any order; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The files of all shards, by their exact names.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The file to write, by its exact name; any name that Export-CodeEmbedding takes.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = string.Empty;

    /// <summary>A file for the rejected records of all shards, which they kept in separate files.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RejectPath { get; set; }

    /// <summary>Writes to a read-only file too, makes the folders that are missing, and drops a partial file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Keeps a file that exists, and makes it an error.</summary>
    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => JoinRun();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Run.Start();
        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string path in literal ? LiteralPath : Path)
            _shards.AddRange(Find(path, literal));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string target = Resolve(Destination);
        string? rejects = RejectPath is null ? null : Resolve(RejectPath);
        string[] shards = [.. _shards.Distinct()];
        if (shards.Length == 0)
        {
            Fail(ErrorRecords.FileRead(
                new FileNotFoundException("no file of a shard was given. Name the files of all shards."), target));
        }

        if (!ShouldProcess(target, $"Merge {shards.Length} files"))
            return;

        var merge = new JsonlShardMerge(shards, target, new JsonlWriterOptions
        {
            Force = Force,
            NoClobber = NoClobber,
            Store = StoreAdapter.Instance,
            Zstandard = RunOrFail(
                () => ValueTask.FromResult(ZstandardAdapter.For(target)), e => ErrorRecords.FileRead(e, LoadedModule.Folder)),
        })
        {
            RejectPath = rejects,
            FindZstandard = ZstandardAdapter.For,
        };
        MergeSummary summary = RunOrFail(
            () => new ValueTask<MergeSummary>(merge.RunAsync(StopToken)),
            e => ErrorRecords.FileWrite(e, target, isResumable: false));
        foreach (string warning in summary.Warnings)
            WriteWarning(warning);

        WriteObject(summary);
    }

    private IEnumerable<string> Find(string path, bool literal)
    {
        IReadOnlyList<string> found = FileSystemPath.FindExisting(SessionState.Path, path, literal, out string problem);
        if (found.Any(Directory.Exists))
            problem = "it is a folder. Name the files in it.";

        // A shard that is missing must not be left out silently.
        if (problem.Length > 0)
            Fail(ErrorRecords.FileRead(new FileNotFoundException(problem), path));

        // A pattern such as out.* also matches the files next to them.
        return IsNamed(path, literal) ? found : found.Where(name => IndexOwner.Of(name) is null);
    }

    private string Resolve(string path)
    {
        string? file = ResolveFile(path, out string problem);
        if (file is null)
            Fail(ErrorRecords.FileWrite(new IOException(problem), path));

        return file;
    }
}
