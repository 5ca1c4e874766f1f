using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using CodeEmbed.Hub;

namespace CodeEmbed.PowerShell.Models;

/// <summary>
///   Makes the progress bar of a fetch: which file, how many bytes of how many, how fast, and how long it will take.
/// </summary>
internal sealed class FetchProgress(HubModelId id) : IProgress<HubProgress>
{
    private const int ActivityId = 0x0C0DF;
    private const double MegaByte = 1e6;

    private readonly object _gate = new();
    private HubProgress? _latest;
    private long _firstBytes, _started;

    /// <summary>The record that removes the bar.</summary>
    public ProgressRecord End => new(ActivityId, Activity, "Done.") { RecordType = ProgressRecordType.Completed };

    private string Activity => $"Fetching {id}";

    /// <summary>Records the progress; on the thread that fetches.</summary>
    public void Report(HubProgress value)
    {
        lock (_gate)
        {
            if (_latest is null)
                (_firstBytes, _started) = (value.Bytes, Stopwatch.GetTimestamp());

            _latest = value;
        }
    }

    /// <summary>The bar, or <see langword="null"/> if nothing was fetched yet; on the pipeline's thread.</summary>
    public ProgressRecord? Describe()
    {
        lock (_gate)
        {
            if (_latest is not { } latest)
                return null;

            // The part from an earlier try was not fetched now, and does not count for the speed.
            double rate = (latest.Bytes - _firstBytes) / Math.Max(Stopwatch.GetElapsedTime(_started).TotalSeconds, 0.001);
            string status = string.Create(
                CultureInfo.InvariantCulture,
                $"{latest.File}: {latest.Bytes / MegaByte:0.0} of {latest.Total / MegaByte:0.0} MB, {rate / MegaByte:0.0} MB/s");
            return new ProgressRecord(ActivityId, Activity, status)
            {
                PercentComplete = latest.Total > 0 ? (int)(100 * latest.Bytes / latest.Total) : -1,
                SecondsRemaining = rate > 0 ? (int)Math.Min((latest.Total - latest.Bytes) / rate, int.MaxValue) : -1,
            };
        }
    }
}
