using System.Management.Automation;
using CodeEmbed.Jsonl;
using CodeEmbed.PowerShell.Errors;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Writes embeddings to a file of JSON Lines. The file is replaced when the pipeline has reached its end.</summary>
[Cmdlet(VerbsData.Export, "CodeEmbedding", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(CodeEmbedding))]
public sealed class ExportCodeEmbeddingCommand : CodeEmbedCmdlet
{
    private const string PathSet = "Path", LiteralPathSet = "LiteralPath";

    private string _target = string.Empty;
    private JsonlEmbeddingWriter? _writer;
    private IDisposable? _openOutput;

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

    /// <summary>Adds to the file, in place. If the run fails, the file is cut back to what it was.</summary>
    [Parameter]
    public SwitchParameter Append { get; set; }

    /// <summary>Writes to a read-only file too, and makes the folders that are missing.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes content_sha256 in the place of content. Such a file is no input for ConvertTo-CodeEmbedding.</summary>
    [Parameter]
    public SwitchParameter ExcludeContent { get; set; }

    /// <summary>Leaves a file that is there as it is, and makes it an error.</summary>
    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Passes the embeddings on down the pipeline, each when it is written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _target = Resolve(ParameterSetName == LiteralPathSet ? LiteralPath : Path);
        if (NoClobber && !Append && File.Exists(_target))
            Fail(ErrorRecords.FileWrite(new IOException("it is there already, and with -NoClobber it stays."), _target));

        // Asked before anything is touched; where the answer is no, what comes down the pipeline is passed over.
        if (!ShouldProcess(_target, Append ? "Add embeddings" : "Write embeddings"))
            return;

        RunOrFail(() =>
        {
            _writer = new JsonlEmbeddingWriter(
                _target, new JsonlWriterOptions { Append = Append, Force = Force, ExcludeContent = ExcludeContent }, StopToken);
            return ValueTask.CompletedTask;
        });
        _openOutput = OpenOutputs.Add(_writer!);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // A parameter of the type itself, or one that takes no null, would leave such an object to PowerShell, whose error does
        // not end the pipeline: it would go on and replace its output by less than was asked for.
        if (InputObject?.BaseObject is not CodeEmbedding embedding)
        {
            Fail(ErrorRecords.WrongInput(InputObject?.BaseObject, typeof(CodeEmbedding), "ConvertTo-CodeEmbedding"));
            return;
        }

        if (_writer is null)
            return;

        RunOrFail(() => _writer.WriteAsync([embedding], StopToken));
        if (PassThru)
            WriteObject(embedding);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_writer is not null)
            RunOrFail(() => _writer.CompleteAsync(StopToken));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _writer is not null)
        {
            _openOutput?.Dispose();
            _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        base.Dispose(disposing);
    }

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
        e => ErrorRecords.FileWrite(e, _target));
}
