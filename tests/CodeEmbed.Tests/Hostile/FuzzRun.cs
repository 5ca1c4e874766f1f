using System.Globalization;
using Xunit;

namespace CodeEmbed.Tests.Hostile;

/// <summary>
///   Runs cases that are generated from a seed. Each must end, in success or with a named error, and without using much memory.
/// </summary>
/// <param name="area">The tested area, for messages and for running one case again.</param>
/// <param name="make">Generates a case; the same random numbers give the same case.</param>
/// <param name="run">Runs it.</param>
/// <param name="isNamed">Whether an exception is one of the permitted errors.</param>
internal sealed class FuzzRun(string area, Func<Random, FuzzCase> make, Action<FuzzCase> run, Func<Exception, bool> isNamed)
{
    /// <summary>
    ///   The limit for a case's allocations, including freed memory: a fixed amount, plus an amount for each byte of its files.
    /// </summary>
    private const long MostMemory = 64 * 1024 * 1024, MostMemoryPerByte = 64;

    private const int MostFindings = 10;

    private readonly List<string> _findings = [];
    private int _cases, _accepted, _number;

    /// <summary>Runs the cases, and fails if one ends with any other result.</summary>
    /// <param name="cases">The number of cases in a short run; a long run continues until its time is over.</param>
    public void Run(int cases)
    {
        if (FuzzSettings.OnlyCase is { } only && only.Area != area)
            return;

        // On a separate thread, so that a case that does not end is detected.
        var thread = new Thread(() => RunAll(cases), 1024 * 1024) { IsBackground = true };
        thread.Start();
        int seen = -1;
        while (!thread.Join(HangLimit.Value))
        {
            if (seen == Volatile.Read(ref _number))
            {
                Add(seen, "does not end");
                break;
            }

            seen = Volatile.Read(ref _number);
        }

        string result = string.Create(
            CultureInfo.InvariantCulture,
            $"{area}: seed {FuzzSettings.Seed}, {_cases} cases, {_accepted} accepted, {_findings.Count} findings");
        string text = string.Join('\n', _findings.Prepend(result));
        if (FuzzSettings.Report is { } report)
            File.AppendAllText(report, text + "\n");

        Assert.True(_findings.Count == 0, text);
        Assert.True(
            FuzzSettings.OnlyCase is not null || (_accepted > 0 && _accepted < _cases),
            $"{area}: {_accepted} of {_cases} cases were accepted; some, but not all, must be.");
    }

    private void RunAll(int cases)
    {
        if (FuzzSettings.OnlyCase is { } only)
        {
            RunOne(only.Number);
            return;
        }

        long end = FuzzSettings.TimePerArea is { } time ? Environment.TickCount64 + (long)time.TotalMilliseconds : 0;
        for (
            int number = 0; _findings.Count < MostFindings
                && (end > 0 ? Environment.TickCount64 < end : number < cases); number++)
            RunOne(number);
    }

    private void RunOne(int number)
    {
        Volatile.Write(ref _number, number);
        _cases++;
        if (FuzzSettings.Report is { } report)
            File.WriteAllText(report + ".case", $"{area}:{number}");

        FuzzCase made = make(new Random(unchecked((FuzzSettings.Seed * 1_000_003) + number)));
        long before = GC.GetTotalAllocatedBytes();
        Exception? exception = Record.Exception(() => run(made));
        long taken = GC.GetTotalAllocatedBytes() - before, limit = MostMemory + (MostMemoryPerByte * made.Length);
        _accepted += exception is null ? 1 : 0;
        if (exception is not null && !isNamed(exception))
            Add(number, $"({made.Kind}) ends in {exception}");
        else if (taken > limit)
            Add(number, $"({made.Kind}, {made.Length} bytes) allocates {taken} bytes");
        else
            return;

        foreach ((string name, byte[] bytes) in FuzzSettings.OnlyCase is null ? [] : made.Files)
            File.WriteAllBytes(Path.Combine(Path.GetTempPath(), $"{area}-{number}-{name}"), bytes);
    }

    private void Add(int number, string what) => _findings.Add(string.Create(
        CultureInfo.InvariantCulture,
        $"{area}:{number} {what}\n  again, with its files in the temporary folder: CODEEMBED_FUZZ_CASE={area}:{number} "
        + $"tests/fuzz.sh 1 {FuzzSettings.Seed}"));
}
