using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using CodeEmbed.Pipeline;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>
///   Makes the progress bar of a run: how much is done, how fast, and, if the input's size is known, its share and the time left.
/// </summary>
/// <remarks>
///   Rates and the remaining time count from the end of the first batch, so that loading the model is in neither. They count
///   embeddings that the model has made, not snippets that were read ahead.
/// </remarks>
internal sealed class EmbeddingProgress
{
    private const int ActivityId = 0x0C0DE;
    private const string Activity = "Embedding code";

    // People read no faster, and drawing takes time from the work.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Stopwatch _sinceFirst = new();
    private TimeSpan _nextAt;
    private long _snippets, _tokens, _firstSnippets, _firstTokens;
    private double? _fraction, _firstFraction;

    /// <summary>The bar before the first batch.</summary>
    public static ProgressRecord Start { get; } = new(ActivityId, Activity, "Waiting for the first batch.");

    /// <summary>The record that removes the bar.</summary>
    public static ProgressRecord End { get; } = new(ActivityId, Activity, "Done.") { RecordType = ProgressRecordType.Completed };

    /// <summary>Counts a batch.</summary>
    /// <returns>The bar, or <see langword="null"/> if it was drawn a moment ago.</returns>
    public ProgressRecord? Add(EmbeddedBatch batch)
    {
        _snippets += batch.Embeddings.Count;
        _tokens += batch.TokenCount;
        double? fraction = batch.Embeddings is [.., var last] ? last.Snippet.InputFraction : _fraction;
        if (!_sinceFirst.IsRunning)
        {
            (_firstSnippets, _firstTokens, _firstFraction, _fraction) = (_snippets, _tokens, fraction, fraction);
            _sinceFirst.Start();
        }

        // Snippets that were sorted or come from several places do not show the run's progress.
        _fraction = fraction >= _fraction ? fraction : null;
        if (_sinceFirst.Elapsed < _nextAt)
            return null;

        _nextAt = _sinceFirst.Elapsed + Interval;
        return Describe(_sinceFirst.Elapsed.TotalSeconds);
    }

    private ProgressRecord Describe(double seconds)
    {
        string status = string.Create(CultureInfo.InvariantCulture, $"{_snippets} {(_snippets == 1 ? "snippet" : "snippets")}");
        if (_snippets > _firstSnippets)
        {
            status += string.Create(
                CultureInfo.InvariantCulture,
                $", {(_snippets - _firstSnippets) / seconds:0.0} snippets/s, {(_tokens - _firstTokens) / seconds:0} tokens/s");
        }

        var record = new ProgressRecord(ActivityId, Activity, status);
        if (_fraction is { } fraction)
        {
            record.PercentComplete = (int)(100 * fraction);
            if (fraction > _firstFraction)
            {
                record.SecondsRemaining = (int)Math.Min(
                    seconds * (1 - fraction) / (fraction - _firstFraction.Value), int.MaxValue);
            }
        }

        return record;
    }
}
