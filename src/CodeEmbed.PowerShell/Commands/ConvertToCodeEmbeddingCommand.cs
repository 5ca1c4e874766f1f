using System.Globalization;
using System.Management.Automation;
using CodeEmbed.Pipeline;
using CodeEmbed.PowerShell.Engine;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Turns code snippets into embeddings. The model runs beside the pipeline, a few batches ahead.</summary>
[Cmdlet(VerbsData.ConvertTo, "CodeEmbedding")]
[OutputType(typeof(CodeEmbedding))]
public sealed class ConvertToCodeEmbeddingCommand : CodeEmbedCmdlet
{
    private const string DefaultModel = "microsoft/codebert-base";
    private const string ModelVariable = "CODEEMBED_MODEL";

    private EmbeddingServiceLease? _lease;
    private EmbeddingBatcher? _batcher;
    private bool _modelDescribed;

    /// <summary>The snippets.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public CodeSnippet? InputObject { get; set; }

    /// <summary>
    ///   A model folder, or the name of a model that comes with the module. By default the value of the environment variable
    ///   CODEEMBED_MODEL, else microsoft/codebert-base.
    /// </summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Model { get; set; }

    /// <summary>
    ///   How many tokens the model sees of a snippet, the special ones included. By default 512, or the model's own limit where
    ///   that is smaller.
    /// </summary>
    [Parameter]
    public int? MaxLength { get; set; }

    /// <summary>How many snippets make a batch.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int BatchSize { get; set; } = BatchingOptions.DefaultBatchSize;

    /// <summary>What the model runs on.</summary>
    [Parameter]
    public EmbeddingDevice Device { get; set; } = EmbeddingDevice.Auto;

    /// <summary>How many threads the model uses. By default ONNX Runtime chooses.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Threads { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        try
        {
            _lease = HeldEmbeddingService.Lease(Options());
        }
        catch (ModelLoadException e)
        {
            Fail(e);
        }

        _batcher = new EmbeddingBatcher(_lease.Service, new BatchingOptions { BatchSize = BatchSize }, StopToken);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (EmbeddedBatch batch in Do(() => _batcher!.AddAsync(InputObject!)))
            Write(batch);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        while (Do(_batcher!.CompleteAsync) is { } batch)
            Write(batch);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // First the work, then what it works with.
            _batcher?.Dispose();
            _lease?.Dispose();
        }

        base.Dispose(disposing);
    }

    private EmbeddingServiceOptions Options() => new()
    {
        Model = ResolveModel(Model ?? (Environment.GetEnvironmentVariable(ModelVariable) is { Length: > 0 } model ? model : DefaultModel)),
        BaseFolder = SessionState.Path.CurrentFileSystemLocation.ProviderPath,
        BundledModels = EmbeddingEngine.BundledModels,
        MaxLength = MaxLength,
        Device = Device,
        Threads = Threads,
    };

    /// <summary>Turns a PowerShell path, which may start with a drive of PowerShell's, into a path of the file system.</summary>
    private string ResolveModel(string model)
    {
        try
        {
            string path = GetUnresolvedProviderPathFromPSPath(model);
            return Directory.Exists(path) ? path : model;
        }
        catch (Exception e) when (e is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException or PSNotSupportedException or PSArgumentException)
        {
            return model;
        }
    }

    private void Write(EmbeddedBatch batch)
    {
        if (!_modelDescribed)
        {
            DescribeModel(_lease!.Service.Model!);
            _modelDescribed = true;
        }

        WriteVerbose(string.Create(
            CultureInfo.InvariantCulture,
            $"Batch {batch.Number}: {batch.Embeddings.Count} snippets, {batch.TokenCount} tokens, {batch.Duration.TotalSeconds:0.000} s."));
        WriteObject(batch.Embeddings, enumerateCollection: true);
    }

    private void DescribeModel(EmbeddingModel model)
    {
        if (model.DeviceWarning is { } warning)
            WriteWarning(warning);

        WriteVerbose($"Model {model.Name}: {model.Dimensions} dimensions, at most {model.MaxLength} tokens, {model.Precision}, fingerprint {model.Fingerprint}.");
        WriteVerbose($"Device {model.Device}: {model.DeviceReason}.");
    }
}
