using System.Management.Automation;
using CodeEmbed.Jsonl;
using CodeEmbed.PowerShell.Errors;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Writes embeddings to a file of JSON Lines. The file is replaced when the pipeline has reached its end.</summary>
[Cmdlet(VerbsData.Export, "CodeEmbedding")]
public sealed class ExportCodeEmbeddingCommand : CodeEmbedCmdlet
{
    private string _target = string.Empty;
    private JsonlEmbeddingWriter? _writer;
    private IDisposable? _openOutput;

    /// <summary>The embeddings.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _target = Resolve();
        RunOrFail(() =>
        {
            _writer = new JsonlEmbeddingWriter(_target);
            return ValueTask.CompletedTask;
        });
        _openOutput = OpenOutputs.Add(_writer!.PartialFile);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // A parameter of the type itself would leave another object to PowerShell, whose error does not end the pipeline: it
        // would go on and replace its output by less than was asked for.
        if (InputObject!.BaseObject is not CodeEmbedding embedding)
        {
            Fail(ErrorRecords.WrongInput(InputObject.BaseObject, typeof(CodeEmbedding), "ConvertTo-CodeEmbedding"));
            return;
        }

        RunOrFail(() => _writer!.WriteAsync([embedding], StopToken));
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => RunOrFail(() => _writer!.CompleteAsync(StopToken));

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

    private string Resolve()
    {
        try
        {
            string target = SessionState.Path.GetUnresolvedProviderPathFromPSPath(Path, out ProviderInfo provider, out _);
            if (provider.Name == "FileSystem")
                return target;

            Fail(ErrorRecords.FileWrite(new IOException($"it is no file: it belongs to the provider {provider.Name}."), Path));
        }
        catch (Exception e) when (e is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
        {
            Fail(ErrorRecords.FileWrite(e, Path));
        }

        return Path;
    }

    private void RunOrFail(Func<ValueTask> write) => RunOrFail(
        async () =>
        {
            await write().ConfigureAwait(false);
            return true;
        },
        e => ErrorRecords.FileWrite(e, _target));
}
