using System.Diagnostics;
using CodeEmbed.Hub.Cache;

namespace CodeEmbed.Hub.Transfer;

/// <summary>
///   Counts fetched bytes, and reports them: at the start and the end of every file, and periodically in between.
/// </summary>
/// <param name="report">Receives the reports; <see langword="null"/> for none.</param>
/// <param name="every">How often.</param>
internal sealed class TransferProgress(IProgress<HubProgress>? report, TimeSpan every)
{
    private long _finished, _total, _lastReport;
    private HubFile? _file;

    /// <summary>Adds files to fetch to the total.</summary>
    public void Expect(long bytes) => _total += bytes;

    /// <summary>Sets which file is being fetched, and how much of it exists.</summary>
    public void Start(HubFile file, long bytes)
    {
        _file = file;
        Report(bytes);
    }

    /// <summary>Sets how much of the file was fetched.</summary>
    public void Advance(long bytes)
    {
        if (Stopwatch.GetElapsedTime(_lastReport) >= every)
            Report(bytes);
    }

    /// <summary>Reports that a file is complete.</summary>
    public void Finish(HubFile file)
    {
        _file = file;
        Report(file.Size);
        _finished += file.Size;
    }

    private void Report(long bytes)
    {
        _lastReport = Stopwatch.GetTimestamp();
        report?.Report(new HubProgress(_file!.Path, bytes, _file.Size, _finished + bytes, _total));
    }
}
