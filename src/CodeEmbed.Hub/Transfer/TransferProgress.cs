using System.Diagnostics;
using CodeEmbed.Hub.Cache;

namespace CodeEmbed.Hub.Transfer;

/// <summary>
///   Counts what was fetched, and reports it: the start and the end of every file, and between them now and then.
/// </summary>
/// <param name="report">Who is told; <see langword="null"/> for nobody.</param>
/// <param name="every">How often.</param>
internal sealed class TransferProgress(IProgress<HubProgress>? report, TimeSpan every)
{
    private long _finished, _total, _lastReport;
    private HubFile? _file;

    /// <summary>Counts files that are to be fetched.</summary>
    public void Expect(long bytes) => _total += bytes;

    /// <summary>Says which file is being fetched, and what is there of it.</summary>
    public void Start(HubFile file, long bytes)
    {
        _file = file;
        Report(bytes);
    }

    /// <summary>Says how much of the file is there.</summary>
    public void Advance(long bytes)
    {
        if (Stopwatch.GetElapsedTime(_lastReport) >= every)
            Report(bytes);
    }

    /// <summary>Says that a file is whole.</summary>
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
