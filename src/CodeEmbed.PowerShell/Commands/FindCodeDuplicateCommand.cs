using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using CodeEmbed.PowerShell.Completion;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.PowerShell.Objects;
using CodeEmbed.PowerShell.Search;
using CodeEmbed.Search;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Finds groups of near duplicates in files of embeddings.</summary>
[Cmdlet(VerbsCommon.Find, "CodeDuplicate", DefaultParameterSetName = PathSet)]
[OutputType(typeof(DuplicateGroup))]
public sealed class FindCodeDuplicateCommand : CodeEmbedCmdlet
{
    private const string PathSet = "Path", LiteralPathSet = "LiteralPath";
    private const int ActivityId = 0x0C0E0;
    private const string Activity = "Comparing embeddings";

    // People see no faster changes.
    private const int RedrawMilliseconds = 200;

    private double _fraction;

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

    /// <summary>The smallest score that puts two snippets into one group: a cosine, from -1 to 1.</summary>
    [Parameter]
    [ValidateRange(-1.0, 1.0)]
    public double MinimumScore { get; set; } = DuplicateOptions.DefaultMinimumScore;

    /// <summary>The programming languages that are compared, in any case; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(LanguageCompleter))]
    public string[] Language { get; set; } = [];

    /// <summary>Patterns for the file path of snippets; only snippets that match one of them are compared.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Include { get; set; } = [];

    /// <summary>How many threads read and compare.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Threads { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        int threads = Threads ?? Environment.ProcessorCount;
        bool literal = ParameterSetName == LiteralPathSet;

        // The comparison holds the vectors itself, so keeping them as well would take their memory twice.
        var files = new IndexFiles(this, threads, keep: false);
        SearchedIndexes indexes = RunOrFail(
            () => ValueTask.FromResult(files.Open(literal ? LiteralPath : Path, literal, hasModel: false, StopToken)));
        if (indexes.Origin is null)
            return;

        var filter = SnippetFilter.Of(Language, Include);
        var options = new DuplicateOptions
        {
            MinimumScore = MinimumScore,
            Filter = filter is null ? null : filter.Takes,
            Threads = threads,
        };
        if (!Find(indexes, options) && filter is not null)
            CheckFilter(filter, indexes);
    }

    /// <summary>Warns if nothing was found because the filter leaves out every snippet.</summary>
    private void CheckFilter(SnippetFilter filter, SearchedIndexes indexes)
    {
        IReadOnlyList<string> problems = RunOrFail(
            () => new ValueTask<IReadOnlyList<string>>(filter.FindProblemsAsync(indexes, StopToken)),
            e => ErrorRecords.FileRead(e, indexes.First));
        foreach (string problem in problems)
            WriteWarning(problem);
    }

    /// <summary>Writes the groups.</summary>
    /// <returns>Whether there is any.</returns>
    private bool Find(SearchedIndexes indexes, DuplicateOptions options)
    {
        long started = Stopwatch.GetTimestamp();
        var rejected = new RejectedLines();
        var progress = new Fraction(this);
        IAsyncEnumerator<DuplicateGroup> groups = new DuplicateSearch(indexes.Sources)
            .FindAsync(options, rejected.Add, progress, StopToken).GetAsyncEnumerator(CancellationToken.None);
        try
        {
            bool found = Wait(Task.Run(() => groups.MoveNextAsync().AsTask(), CancellationToken.None), indexes.First);
            rejected.Tell(this, [], WriteError);
            WriteVerbose(string.Create(
                CultureInfo.InvariantCulture, $"Compared in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms."));
            for (bool more = found; more; more = RunOrFail(groups.MoveNextAsync, e => ErrorRecords.FileRead(e, indexes.First)))
                WriteObject(Show(groups.Current));

            return found;
        }
        finally
        {
            groups.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Waits for the comparison, which is done on other threads, and draws its progress on this one.</summary>
    private bool Wait(Task<bool> search, string file)
    {
        WaitHandle ended = ((IAsyncResult)search).AsyncWaitHandle;
        bool drawn = false;
        try
        {
            while (!ended.WaitOne(RedrawMilliseconds))
            {
                double fraction = Volatile.Read(ref _fraction);
                string status = fraction > 0 ? "Comparing each pair." : "Reading the vectors.";
                WriteProgress(new ProgressRecord(ActivityId, Activity, status) { PercentComplete = (int)(100 * fraction) });
                drawn = true;
            }
        }
        catch (PipelineStoppedException)
        {
            // The search ends promptly, and only then can its memory be freed.
            StopProcessing();
            ended.WaitOne();
            throw;
        }

        bool found = RunOrFail(() => new ValueTask<bool>(search), e => ErrorRecords.FileRead(e, file));
        if (drawn)
            WriteProgress(new ProgressRecord(ActivityId, Activity, "Done.") { RecordType = ProgressRecordType.Completed });

        return found;
    }

    private PSObject Show(DuplicateGroup group)
    {
        TypeInformation.Tell(this);
        foreach (CodeMatch member in group.Members)
            RecordProperties.Show(member.Embedding);

        return PSObject.AsPSObject(group);
    }

    /// <summary>Records the progress of the comparison, on its thread.</summary>
    private sealed class Fraction(FindCodeDuplicateCommand command) : IProgress<double>
    {
        /// <inheritdoc/>
        public void Report(double value) => Volatile.Write(ref command._fraction, value);
    }
}
