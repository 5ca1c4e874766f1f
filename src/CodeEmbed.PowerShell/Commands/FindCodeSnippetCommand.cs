using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using CodeEmbed.Databases;
using CodeEmbed.Formats;
using CodeEmbed.Indexes;
using CodeEmbed.PowerShell.Completion;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.PowerShell.Objects;
using CodeEmbed.PowerShell.Search;
using CodeEmbed.Search;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Finds the snippets of files of embeddings, or of a table, that are nearest to a question.</summary>
[Cmdlet(VerbsCommon.Find, "CodeSnippet", DefaultParameterSetName = PathSet)]
[OutputType(typeof(CodeMatch))]
public sealed class FindCodeSnippetCommand : HubCmdlet
{
    private const string PathSet = "Path", LiteralPathSet = "LiteralPath", DatabaseSet = "Database";

    /// <summary>The name that sentence-transformers gives to the prompt for questions.</summary>
    private const string QueryPrompt = "query";

    /// <summary>The type that the view with lines of code is for.</summary>
    private const string TypeWithContext = "CodeEmbed.CodeMatch#Context";

    private readonly HashSet<string> _told = [];
    private SearchedIndexes? _indexes;
    private IEmbeddingDatabase? _database;
    private EmbeddingServiceLease? _lease;
    private SnippetFilter? _filter;
    private SearchOptions _options = new();
    private bool _isFilterChecked;
    private long _asked;

    /// <summary>
    ///   What to look for: a text; or a snippet, whose code is compared with the code; or an embedding, or a result of this
    ///   cmdlet.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? Query { get; set; }

    /// <summary>Files that Export-CodeEmbedding wrote; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files that Export-CodeEmbedding wrote, by their exact names.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet)]
    [Alias("LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The PostgreSQL server and database. Missing values come from the environment.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DatabaseSet)]
    [AllowEmptyString]
    public string ConnectionString { get; set; } = string.Empty;

    /// <summary>The table that Export-CodeEmbedding wrote, or the schema and the table with a dot between them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DatabaseSet)]
    [ValidateNotNullOrEmpty]
    public string Table { get; set; } = string.Empty;

    /// <summary>The user who connects, and the password.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>How many snippets are found at most.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Top { get; set; } = SearchOptions.DefaultTop;

    /// <summary>The smallest score of a result: a cosine, from -1 to 1.</summary>
    [Parameter]
    [ValidateRange(-1.0, 1.0)]
    public double MinimumScore { get; set; } = -1;

    /// <summary>The programming languages that are searched, in any case; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(LanguageCompleter))]
    public string[] Language { get; set; } = [];

    /// <summary>Patterns for the file path of snippets; only snippets that match one of them are searched.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Include { get; set; } = [];

    /// <summary>The model that made the files, if they do not say it, or if it has been moved.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <summary>A text that is put before a question in words; empty for none.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? Prompt { get; set; }

    /// <summary>The name of the model's prompt for a text; by default 'query', if the model has one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PromptName { get; set; }

    /// <summary>The device that the model runs on.</summary>
    [Parameter]
    public EmbeddingDevice Device { get; set; } = EmbeddingDevice.Auto;

    /// <summary>How many threads embed and search.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Threads { get; set; }

    /// <summary>
    ///   How many tokens a run on a device such as Cuda has at most. By default a number that fits the device's memory. On the
    ///   processor it is an error.
    /// </summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxBatchTokens { get; set; }

    /// <summary>How many lines of its code are shown with each snippet.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Context { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _filter = SnippetFilter.Of(Language, Include);
        _options = new SearchOptions
        {
            Top = Top,
            MinimumScore = MinimumScore,
            Filter = _filter is null ? null : _filter.Takes,
        };
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        _asked++;
        if (FindQuestion() is not { } question)
            return;

        _indexes ??= ParameterSetName == DatabaseSet ? OpenTable() : OpenIndexes();
        if (_indexes.Origin is null || Embed(question) is not { } embedding)
            return;

        IReadOnlyList<CodeMatch> matches = _indexes.Table is { } table ? Ask(table, embedding) : Search(embedding);
        foreach (CodeMatch match in matches)
            WriteObject(Show(match.With(question.Name, Context)));

        if (matches.Count == 0)
            CheckFilter();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        try
        {
            if (disposing)
                _lease?.Dispose();
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

    /// <summary>Lets the server find the nearest rows.</summary>
    private IReadOnlyList<CodeMatch> Ask(DatabaseSearch table, CodeEmbedding embedding)
    {
        long started = Stopwatch.GetTimestamp();
        IReadOnlyList<CodeMatch> matches = RunOrFail(() => new ValueTask<IReadOnlyList<CodeMatch>>(
            table.FindAsync(embedding, _options, _filter?.Languages ?? [], _filter?.Files ?? [], StopToken)));
        WriteVerbose(string.Create(
            CultureInfo.InvariantCulture,
            $"The server answered in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms."));
        return matches;
    }

    /// <summary>Finds the nearest records in the files.</summary>
    private IReadOnlyList<CodeMatch> Search(CodeEmbedding embedding)
    {
        long started = Stopwatch.GetTimestamp();
        var rejected = new RejectedLines();
        IReadOnlyList<CodeMatch> matches = RunOrFail(
            () => new ValueTask<IReadOnlyList<CodeMatch>>(
                new VectorSearch(_indexes!.Sources).FindAsync(embedding, _options, rejected.Add, StopToken)),
            e => ErrorRecords.FileRead(e, _indexes!.First));
        rejected.Tell(this, _told, WriteError);
        WriteVerbose(string.Create(
            CultureInfo.InvariantCulture,
            $"Searched in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms. Vectors kept for the next question: "
            + $"{SearchMemory.Cache.Size / (1024.0 * 1024):0.0} of at most {SearchMemory.Megabytes} MiB."));
        return matches;
    }

    /// <summary>Warns, once, if nothing was found because the filter leaves out every snippet.</summary>
    private void CheckFilter()
    {
        if (_filter is null || _isFilterChecked)
            return;

        _isFilterChecked = true;
        IReadOnlyList<string> problems = RunOrFail(
            () => new ValueTask<IReadOnlyList<string>>(_filter.FindProblemsAsync(_indexes!, StopToken)),
            e => ErrorRecords.FileRead(e, _indexes!.First));
        foreach (string problem in problems)
            WriteWarning(problem);
    }

    /// <summary>The question; <see langword="null"/> if the object cannot be one.</summary>
    private Question? FindQuestion()
    {
        try
        {
            if (Question.Of(Query, _asked) is not { } question)
                WriteError(ErrorRecords.WrongInput(Query?.BaseObject, WantedObject.Question));
            else if (question.IsEmpty)
                WriteError(ErrorRecords.EmptyQuestion(Query));
            else
                return question;
        }
        catch (SnippetValidationException e)
        {
            WriteError(ErrorRecords.From(e));
        }

        return null;
    }

    /// <summary>Reads what the files hold. One that cannot be read is an error, and the others are searched.</summary>
    private SearchedIndexes OpenIndexes()
    {
        bool literal = ParameterSetName == LiteralPathSet;
        var files = new IndexFiles(this, Threads ?? Environment.ProcessorCount, keep: true);
        return RunOrFail(
            () => ValueTask.FromResult(files.Open(literal ? LiteralPath : Path, literal, hasModel: true, StopToken)));
    }

    /// <summary>Reads what the table holds.</summary>
    private SearchedIndexes OpenTable() => RunOrFail(
        async () =>
        {
            _database = PostgresAdapter.Open(ConnectionString, Table, Credential);
            var table = new DatabaseSearch(_database);
            await table.DescribeAsync(StopToken).ConfigureAwait(false);
            return new SearchedIndexes(table);
        },
        e => ErrorRecords.FileRead(e, "CodeEmbed.Postgres"));

    /// <summary>The embedding of a question; <see langword="null"/> if it has none, which is reported.</summary>
    private CodeEmbedding? Embed(Question question)
    {
        if (question.Embedding is { } given)
            return given;

        _lease ??= LeaseModel();
        IEmbeddingService service = _lease.Service;
        EmbeddingModel model = RunOrFail(() => new ValueTask<EmbeddingModel>(service.LoadAsync(StopToken)));
        string? prompt = question.IsText ? FindPrompt(model) : null;
        CodeSnippet[] texts = [question.Text!];
        Outcome<CodeEmbedding> outcome = RunOrFail(() => new ValueTask<IReadOnlyList<Outcome<CodeEmbedding>>>(
            prompt is null ? service.EmbedAsync(texts, StopToken) : service.EmbedAsync(texts, prompt, StopToken)))[0];
        if (outcome.IsRejected)
        {
            WriteError(ErrorRecords.From(outcome.Rejected.Reason));
            return null;
        }

        if (outcome.Value.TruncatedTokens > 0)
        {
            WriteWarning(
                $"The question is longer than the model sees: {outcome.Value.TruncatedTokens} of its tokens were cut off; the "
                + $"model sees {outcome.Value.TokenCount}.");
        }

        return outcome.Value;
    }

    /// <summary>Loads the model with the settings that made the files, and checks that its vectors compare.</summary>
    private EmbeddingServiceLease LeaseModel()
    {
        VectorOrigin origin = _indexes!.Origin!;
        IndexModel? made = _indexes.Model;
        string name = Model ?? NameModel(made, origin);
        if (Model is null && HeldEmbeddingService.TryLease(
            origin.Fingerprint, Device, Threads, MaxBatchTokens) is { } held)
            return held;

        EmbeddingServiceOptions options = FindModel(name) with
        {
            // Only what the records say, if nothing else is known.
            Precision = origin.Precision,
            Normalize = origin.Normalized,
        };
        options = (made?.Apply(options) ?? options) with
        {
            Device = Device,
            Threads = Threads,
            MaxBatchTokens = MaxBatchTokens,
        };
        EmbeddingServiceLease lease = RunOrFail(() => ValueTask.FromResult(HeldEmbeddingService.Lease(options)));
        try
        {
            EmbeddingModel model = RunOrFail(async () =>
            {
                EmbeddingModel loaded = await lease.Service.LoadAsync(StopToken).ConfigureAwait(false);
                _indexes.Require(loaded);
                return loaded;
            });
            if (model.Warning is { } warning)
                WriteWarning(warning);

            return lease;
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>The model that made the files, as -Model would name it.</summary>
    private string NameModel(IndexModel? made, VectorOrigin origin)
    {
        string model = IndexException.Describe(origin.ModelName, origin.Fingerprint);
        if (made is null && _indexes!.Table is { } table)
        {
            Fail(new IndexException(
                table.Name,
                $"it does not say how a question is embedded. Its rows were made by {model}. Give that model.")
            {
                AsksForModel = true,
            });
        }

        if (made is null)
        {
            string first = _indexes!.First;
            string missing = StoreFormat.Of(first) is null
                ? $"'{IndexModel.PathFor(first)}', which says how a question is embedded, is missing."
                : "it does not say how a question is embedded: that was not known when it was written.";
            Fail(new IndexException(first, $"{missing} The records were made by {model}. Give that model.")
            {
                AsksForModel = true,
            });
        }

        if (System.IO.Path.IsPathFullyQualified(made.Model) && !Directory.Exists(made.Model))
        {
            Fail(new IndexException(
                _indexes!.First,
                $"its vectors were made by {model}, and the folder '{made.Model}' is missing. Give the model's new folder.")
            {
                AsksForModel = true,
            });
        }

        return made.Revision is null ? made.Model : $"{made.Model}@{made.Revision}";
    }

    /// <summary>The text to put before a question; <see langword="null"/> for that of the snippets.</summary>
    private string? FindPrompt(EmbeddingModel model)
    {
        if (MyInvocation.BoundParameters.ContainsKey(nameof(Prompt)))
            return Prompt ?? string.Empty;

        IReadOnlyDictionary<string, string> prompts = _indexes!.Model?.Prompts ?? model.Prompts;
        if (prompts.TryGetValue(PromptName ?? QueryPrompt, out string? prompt))
            return prompt;

        if (PromptName is not null)
        {
            Fail(new EmbeddingOptionException(
                nameof(PromptName),
                PromptName,
                prompts.Count == 0
                    ? "is not a prompt of this model, which has none."
                    : $"is not a prompt of this model, which has {string.Join(", ", prompts.Keys.Select(name => $"'{name}'"))}.",
                "Leave it out, or give one of the model's."));
        }

        return null;
    }

    private PSObject Show(CodeMatch match)
    {
        TypeInformation.Tell(this);
        RecordProperties.Show(match.Embedding);
        var shown = PSObject.AsPSObject(match);
        if (match.Context.Count > 0)
            shown.TypeNames.Insert(0, TypeWithContext);

        return shown;
    }
}
