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

    /// <summary>The embeddings.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public CodeEmbedding? InputObject { get; set; }

    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _target = Resolve();
        Do(() =>
        {
            _writer = new JsonlEmbeddingWriter(_target);
            return ValueTask.CompletedTask;
        });
        OpenOutputs.Add(_writer!.PartialFile);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Do(() => _writer!.WriteAsync([InputObject!], StopToken));

    /// <inheritdoc/>
    protected override void EndProcessing() => Do(() => _writer!.CompleteAsync(StopToken));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _writer is not null)
        {
            OpenOutputs.Remove(_writer.PartialFile);
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

    private void Do(Func<ValueTask> write) => Do(
        async () =>
        {
            await write().ConfigureAwait(false);
            return true;
        },
        e => ErrorRecords.FileWrite(e, _target));
}
