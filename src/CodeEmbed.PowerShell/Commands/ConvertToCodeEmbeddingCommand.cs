using System.Management.Automation;
using CodeEmbed.Jsonl;
using CodeEmbed.Pipeline;
using CodeEmbed.PowerShell.Completion;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.PowerShell.Models;
using CodeEmbed.PowerShell.Objects;
using CodeEmbed.PowerShell.Runs;
using CodeEmbed.Runs;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Turns code snippets into embeddings. The model runs in the background, a few batches ahead of the pipeline.</summary>
[Cmdlet(VerbsData.ConvertTo, "CodeEmbedding")]
[OutputType(typeof(CodeEmbedding))]
public sealed class ConvertToCodeEmbeddingCommand : HubCmdlet
{
    private static readonly string[] BatchTags = ["CodeEmbed.Batch"], ReuseTags = ["CodeEmbed.Reuse"];
    private static readonly EnumerationOptions ModelFiles = new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = 1,
        IgnoreInaccessible = true
    };

    private readonly EmbeddingProgress _progress = new();
    private SnippetInput? _input;
    private EmbeddingServiceLease? _lease;
    private EmbeddingBatcher? _batcher;
    private JsonlRejectWriter? _rejects;
    private OrderedRejects? _orderedRejects;
    private bool _begun, _warnedOfNames, _passesUnseen;
    private IResumedEmbeddings _resumed = IResumedEmbeddings.None;
    private string _resumedFrom = string.Empty;
    private long _cutSnippets, _cutTokens, _resumedSnippets, _reusedSnippets, _embeddedSnippets;
    private ReusedFiles? _reused;

    /// <summary>
    ///   The snippets: from Import-CodeSnippet, or embeddings, whose snippets are embedded again, or objects with the same
    ///   properties, in snake_case or PascalCase, or strings, which become the content of snippets with the ids 1, 2, …
    /// </summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    /// <summary>
    ///   A model folder, the name of a model that comes with the module, or a model on the Hugging Face Hub: owner/name, or
    ///   owner/name@revision. By default the value of the environment variable CODEEMBED_MODEL, or else microsoft/codebert-base.
    /// </summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <summary>
    ///   How many tokens the model sees of a snippet, the special ones included. By default as many as the model's files intend,
    ///   or else as its positions and its tokenizer allow.
    /// </summary>
    [Parameter]
    public int? MaxLength { get; set; }

    /// <summary>
    ///   How a snippet that is longer than the model sees is treated: it is cut, or embedded in windows that overlap, whose mean
    ///   is its vector, or it is an error.
    /// </summary>
    [Parameter]
    public EmbeddingOverflow Overflow { get; set; }

    /// <summary>How many snippets make a batch.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int BatchSize { get; set; } = BatchingOptions.DefaultBatchSize;

    /// <summary>The device that the model runs on.</summary>
    [Parameter]
    public EmbeddingDevice Device { get; set; } = EmbeddingDevice.Auto;

    /// <summary>The arithmetic that the model runs in.</summary>
    [Parameter]
    public EmbeddingPrecision Precision { get; set; } = EmbeddingPrecision.Float32;

    /// <summary>
    ///   How many threads embed, each one snippet at a time. By default one for each physical core. It changes no vector.
    /// </summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Threads { get; set; }

    /// <summary>
    ///   How many tokens a run on a device such as Cuda has at most, padding included. By default a
    ///   number that fits the device's memory. On the processor it is an error.
    /// </summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxBatchTokens { get; set; }

    /// <summary>Leaves vectors as the pooling gives them, instead of scaling them to Euclidean length 1.</summary>
    [Parameter]
    public SwitchParameter SkipNormalization { get; set; }

    /// <summary>
    ///   How the hidden states of the tokens become one vector; several are concatenated. By default as the model's
    ///   files say, or else the mean.
    /// </summary>
    [Parameter]
    public EmbeddingPooling Pooling { get; set; }

    /// <summary>How many of the first dimensions are kept, before the vector is scaled to length 1.</summary>
    [Parameter]
    public int? Dimensions { get; set; }

    /// <summary>A text that is put before every snippet; empty for none.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? Prompt { get; set; }

    /// <summary>The name of one of the model's prompts.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PromptName { get; set; }

    /// <summary>
    ///   Files of embeddings from an earlier run: a snippet whose content is in one, with the same fingerprint, takes its vector
    ///   from there and is not embedded. Export-CodeEmbedding may write to one of them.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? ReuseFrom { get; set; }

    /// <summary>The programming language of strings, which is empty by default, and of objects without a language.</summary>
    [Parameter]
    [AllowEmptyString]
    [AllowNull]
    [ArgumentCompleter(typeof(LanguageCompleter))]
    public string? Language { get; set; }

    /// <summary>
    ///   Makes a snippet that cannot be embedded, or an object that is not a valid snippet, an error that does not end the
    ///   pipeline, and continues with the others.
    /// </summary>
    [Parameter]
    public SwitchParameter SkipFailed { get; set; }

    /// <summary>
    ///   A file of JSON Lines for the records that -SkipFailed rejects, each with its file, its line and the reason. The old
    ///   contents of the file are dropped. It may be the same file as that of Import-CodeSnippet.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RejectPath { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        JoinRun(embeds: true);
        _reused = NoteReused();
        _rejects = OpenRejects(RejectPath);
        _orderedRejects = _rejects is null ? null : new OrderedRejects(_rejects);
        _input = new SnippetInput(
            MyInvocation.BoundParameters.ContainsKey(nameof(Language)) ? Language ?? string.Empty : null, GetsUntouched);
        try
        {
            _lease = HeldEmbeddingService.Lease(Options());
        }
        catch (ModelLoadException e)
        {
            Fail(e);
        }

        _batcher = new EmbeddingBatcher(
            _lease.Service, new BatchingOptions { BatchSize = BatchSize, SkipFailed = SkipFailed }, StopToken);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Run.Start();
        Run.CountRead(this);
        if (Next(InputObject) is not { } snippet)
            return;

        WarnOfReplaced(snippet);
        if (!_begun)
            Begin();

        CodeEmbedding? found = RunOrFail(
            () => _resumed.FindAsync(snippet, StopToken), e => ErrorRecords.FileWrite(e, _resumedFrom, isResumable: true));
        _orderedRejects?.Expect();
        foreach (EmbeddedBatch batch in Add(snippet, found))
            Write(batch);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        while (RunOrFail(_batcher!.CompleteAsync) is { } batch)
            Write(batch);

        CompleteRejects(_rejects);
        CompleteReuse();
        if (_begun)
            WriteProgress(EmbeddingProgress.End);

        WarnOfCutSnippets();
        if (_input!.HasLines)
        {
            WriteWarning(
                "Lines of a file came one by one, and each was embedded alone. Get-Content -Raw gives a file as one string.");
        }

        if (_resumedSnippets > 0)
            WriteVerbose($"Kept from the interrupted run: {_resumedSnippets} embeddings.");

        // If the run has an output, that reports the counts, once the file is in place.
        if (Run.Outputs.Count == 0)
            WriteVerbose(Run.Counts.ToString());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        try
        {
            if (disposing)
            {
                // First the work, then the objects that it uses.
                _batcher?.Dispose();
                _lease?.Dispose();
                _reused?.Dispose();
            }
        }
        finally
        {
            base.Dispose(disposing);
        }
    }

    /// <inheritdoc/>
    private protected override string? SkipSwitch(CodeEmbedException error) =>
        error is EmbeddingException or SnippetValidationException && !SkipFailed
            ? $"ConvertTo-CodeEmbedding -{nameof(SkipFailed)}"
            : null;

    private EmbeddingServiceOptions Options()
    {
        EmbeddingServiceOptions model = FindModel(Model ?? ModelChoice.Standard);
        NoteModel(model.Model);
        return model with
        {
            MaxLength = MaxLength,
            Overflow = Overflow,
            Device = Device,
            Precision = Precision,
            Threads = Threads,
            MaxBatchTokens = MaxBatchTokens,
            Normalize = !SkipNormalization,
            Pooling = Pooling,
            Dimensions = Dimensions,
            Prompt = MyInvocation.BoundParameters.ContainsKey(nameof(Prompt)) ? Prompt : null,
            PromptName = PromptName,
        };
    }

    /// <summary>
    ///   Checks that the run does not write to a file of the model, and records those files for outputs that are opened
    ///   later.
    /// </summary>
    private void NoteModel(string folder)
    {
        if (!Directory.Exists(folder))
            return;

        // A model has its files in its folder and in folders there, such as 1_Pooling.
        foreach (string file in Directory.EnumerateFiles(folder, "*", ModelFiles))
        {
            if (PipelineRun.Writes(file))
            {
                Fail(
                    ErrorRecords.FileWrite(
                        new IOException("it is a file of the model that this pipeline embeds with. Name another file."), file));
            }

            Run.Reads(file);
        }
    }

    /// <summary>The next snippet, or <see langword="null"/> if the object is not one and is rejected.</summary>
    private CodeSnippet? Next(PSObject? input)
    {
        try
        {
            return _input!.Next(input);
        }
        catch (SnippetValidationException e) when (SkipFailed)
        {
            Reject(new RejectedRecord(e, e.Place, e.SnippetId, Record: default), _rejects);
            return null;
        }
        catch (CodeEmbedException e)
        {
            Fail(e);
            throw;
        }
    }

    /// <summary>
    ///   Loads the model and, if this cmdlet makes the output's embeddings, passes the run's settings to the output.
    /// </summary>
    private void Begin()
    {
        _begun = true;
        WriteProgress(EmbeddingProgress.Start);
        _passesUnseen = PassesUnseen;
        Task<EmbeddingModel> loading = _lease!.Service.LoadAsync(StopToken);
        if (!_passesUnseen)
            TypeInformation.Tell(this);

        EmbeddingModel model = RunOrFail(() => new ValueTask<EmbeddingModel>(loading));
        DescribeModel(model);
        if (Run.Embedder == this)
            BeginOutputs(model);

        BeginReuse(model);
    }

    private void BeginOutputs(EmbeddingModel model)
    {
        foreach (JsonlEmbeddingWriter output in Run.Outputs)
        {
            IResumedEmbeddings resumed = RunOrFail(
                () => ValueTask.FromResult(Run.Begin(output, model, BatchSize, _reused?.Files)),
                e => ErrorRecords.FileWrite(e, output.Target, isResumable: true));

            // A second output receives the objects that the first one passes on.
            if (output == Run.Outputs[0])
                (_resumed, _resumedFrom) = (resumed, output.Target);
        }
    }

    /// <summary>Records the files to reuse, before an output is opened that may replace one.</summary>
    private ReusedFiles? NoteReused()
    {
        if (ReuseFrom is null)
            return null;

        var files = new List<string>();
        foreach (string path in ReuseFrom)
        {
            string? file = ResolveFile(path, out string problem);
            if (file is null)
                Fail(ErrorRecords.FileRead(new IOException(problem), path));

            if (RunOrFail(() => ValueTask.FromResult(PipelineRun.Writes(file)), e => ErrorRecords.FileRead(e, file)))
            {
                Fail(
                    ErrorRecords.FileRead(
                        new IOException("an earlier cmdlet of this pipeline writes to it. Name another file."), file));
            }

            Run.Reuses(file);
            files.Add(file);
        }

        return new ReusedFiles(files);
    }

    /// <summary>Reads the files to reuse. The first run of a command whose output is one of them does not find it yet.</summary>
    /// <param name="model">The model, or <see langword="null"/> if no snippet came.</param>
    private void BeginReuse(EmbeddingModel? model)
    {
        if (_reused is null)
            return;

        foreach (string file in _reused.TakeMissing(Run.Outputs.Select(output => output.Target)))
            WriteVerbose($"Reuse: '{file}', which this pipeline writes to, does not exist yet.");

        RunOrFail(
            async () =>
            {
                await _reused.Embeddings.BeginAsync(model, StopToken).ConfigureAwait(false);
                return true;
            },
            e => ErrorRecords.FileRead(e, _reused.Embeddings.Reading));
        WarnOfDamaged();
        if (_reused.Files.Count > 0)
            WriteVerbose(_reused.Describe());
    }

    /// <summary>Adds a snippet to those that are embedded, or its embedding if that is known.</summary>
    private IReadOnlyList<EmbeddedBatch> Add(CodeSnippet snippet, CodeEmbedding? resumed)
    {
        if (resumed is not null)
        {
            _reused?.Embeddings.Note(snippet);
            return RunOrFail(() => _batcher!.AddResumedAsync(resumed));
        }

        if (_reused is null)
            return RunOrFail(() => _batcher!.AddAsync(snippet));

        CodeEmbedding? reused = RunOrFail(
            () => _reused.Embeddings.FindAsync(snippet, StopToken),
            e => ErrorRecords.FileRead(e, _reused.Embeddings.Reading));
        WarnOfDamaged();
        return RunOrFail(() => reused is null ? _batcher!.AddAsync(snippet) : _batcher!.AddReusedAsync(reused));
    }

    /// <summary>
    ///   Closes the files that were reused, as an output may replace one, and reports how they were used.
    /// </summary>
    private void CompleteReuse()
    {
        if (_reused is null)
            return;

        if (!_begun)
            BeginReuse(model: null);

        _reused.Dispose();
        if (_reused.DescribeRest() is { } rest)
            WriteWarning(rest);

        var report = new ReuseReport(_reusedSnippets, _embeddedSnippets, _reused.Embeddings.Dropped);
        Run.Reuse = report;
        WriteVerbose(report.ToString());
        WriteInformation(report, ReuseTags);
    }

    private void WarnOfDamaged()
    {
        foreach (string warning in _reused!.TakeWarnings())
            WriteWarning(warning);
    }

    private void Write(EmbeddedBatch batch)
    {
        _reusedSnippets += batch.Reused.Count;
        _embeddedSnippets += batch.EmbeddedCount;
        if (batch.WasResumed)
            _resumedSnippets++;
        else
            Report(batch);

        if (_orderedRejects is not null)
            DoOrFail(() => _orderedRejects.Settle(batch), e => ErrorRecords.FileWrite(e, _orderedRejects.File.Path));

        foreach (RejectedRecord rejected in batch.Rejected)
            Reject(rejected, rejects: null);

        foreach (CodeEmbedding embedding in batch.Embeddings)
        {
            if (embedding.TruncatedTokens > 0)
                (_cutSnippets, _cutTokens) = (_cutSnippets + 1, _cutTokens + embedding.TruncatedTokens);

            if (Run.Outputs.Count == 0)
                Run.CountWritten(this);

            WriteObject(_passesUnseen ? embedding : RecordProperties.Show(embedding));
        }
    }

    private void Report(EmbeddedBatch batch)
    {
        if (batch.Number > 0)
        {
            BatchReport report = batch.Report;
            WriteVerbose(report.ToString());
            WriteInformation(report, BatchTags);
        }

        foreach (string notice in _lease!.Service.TakeNotices())
            WriteVerbose(notice);

        if (_progress.Add(batch) is { } progress)
            WriteProgress(progress);
    }

    private void WarnOfCutSnippets()
    {
        if (_cutSnippets == 0)
            return;

        WriteWarning(
            $"Cut to {_lease!.Service.Model!.MaxLength} tokens: {_cutSnippets} of {_input!.Count} snippets. The model did not "
            + $"see {_cutTokens} of their tokens. "
            + "Split long code into smaller snippets.");
    }

    /// <summary>
    ///   Warns, once a run, of properties that the output replaces. For an embedding that is embedded again this is intended.
    /// </summary>
    private void WarnOfReplaced(CodeSnippet snippet)
    {
        if (_warnedOfNames || !snippet.Record.HasOutputNames || InputObject?.BaseObject is CodeEmbedding)
            return;

        _warnedOfNames = true;
        string names = string.Join(", ", snippet.Record.ReadOutputNames().Distinct().Select(name => $"'{name}'"));
        WriteWarning(
            $"The record '{snippet.Id}' has its own {names}, which the output replaces with the model's. "
            + "To keep such a property, give it another name. There is no further warning for later records.");
    }

    private void DescribeModel(EmbeddingModel model)
    {
        LoadedModels.Add(model);
        if (model.Warning is { } warning)
            WriteWarning(warning);

        WriteVerbose(
            $"Model {model.Name}: {model.Dimensions} dimensions, at most {model.MaxLength} tokens, {model.Precision}, "
            + $"fingerprint {model.Fingerprint}.");
        WriteVerbose($"Device {model.Device}: {model.DeviceReason}.");
        if (model.Accelerator is { } accelerator)
            WriteVerbose($"Card: {accelerator}. {model.Runtime} with its provider for {model.Device}, {model.Precision}.");

        if (model.MaxBatchTokens is { } tokens)
            WriteVerbose($"Batches: snippets of similar length share a run of at most {tokens} tokens.");

        if (model.Instructions is { } instructions)
            WriteVerbose($"{model.Precision}: matrix products with {instructions}.");
    }
}
