// Times a PowerShell session in its own engine, without pwsh.
//
// usage: CodeEmbed.PowerShellBench run TEXT
//        CodeEmbed.PowerShellBench time MODULE.psd1 TEXT
//        CodeEmbed.PowerShellBench progress MODULE.psd1 MODEL_DIR IN.jsonl ROUNDS
//
// run: runs PowerShell text and prints its output. time: runs PowerShell text three times with the module loaded, and prints the
// seconds of the third, when code is compiled and the model is in the session. progress: runs the pipeline over the input with
// progress shown and without, alternately in one session, and prints the seconds of each run, then the medians, and the median
// and the quartiles of the ratios of the rounds.
using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using CodeEmbed.PowerShellBench;

// Unless disabled before it starts, the engine reports the names of imported modules to its vendor.
Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

var host = new CountingHost();
using Runspace runspace = RunspaceFactory.CreateRunspace(host, InitialSessionState.CreateDefault2());
runspace.Open();

if (args[0] == "run")
{
    foreach (PSObject result in Run(args[1]))
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result}"));

    return 0;
}

runspace.SessionStateProxy.SetVariable("manifest", args[1]);
Run("Import-Module $manifest");
if (args[0] == "time")
{
    for (int warmUp = 0; warmUp < 2; warmUp++)
        Run(args[2]);

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Time(args[2]):0.000}"));
    return 0;
}

runspace.SessionStateProxy.SetVariable("model", args[2]);
runspace.SessionStateProxy.SetVariable("in", args[3]);

// The first run loads the model, which the session holds from then on.
Embed("SilentlyContinue");
Embed("Continue");
if (host.UI.ProgressRecords == 0)
{
    Console.Error.WriteLine("no progress was shown, so there is nothing to compare");
    return 1;
}

int rounds = int.Parse(args[4], CultureInfo.InvariantCulture);
List<double> shown = [], silent = [];
for (int round = 0; round < rounds; round++)
{
    // The order alternates, so that neither gains from its position.
    if (round % 2 == 0)
        shown.Add(Embed("Continue"));

    silent.Add(Embed("SilentlyContinue"));
    if (round % 2 == 1)
        shown.Add(Embed("Continue"));

    Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"progress shown {shown[^1]:0.000} s, none {silent[^1]:0.000} s"));
}

// The load of the machine changes from minute to minute; the two runs of a round share most of it.
double[] ratios = [.. shown.Zip(silent, (a, b) => a / b)];
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"median of {rounds} rounds: progress shown {Quantile(shown, 0.5):0.000} s "
    + $"({host.UI.ProgressRecords / (rounds + 1)} records), "
    + $"none {Quantile(silent, 0.5):0.000} s, ratio {Quantile(ratios, 0.5):0.000}, "
    + $"in half of the rounds from {Quantile(ratios, 0.25):0.000} to {Quantile(ratios, 0.75):0.000}"));
return 0;

double Embed(string preference)
{
    runspace.SessionStateProxy.SetVariable("ProgressPreference", preference);
    return Time("Import-CodeSnippet $in | ConvertTo-CodeEmbedding -Model $model | Out-Null");
}

double Time(string text)
{
    long start = Stopwatch.GetTimestamp();
    Run(text);
    return Stopwatch.GetElapsedTime(start).TotalSeconds;
}

ICollection<PSObject> Run(string text)
{
    using PowerShell shell = PowerShell.Create(runspace);
    return shell.AddScript("$ErrorActionPreference = 'Stop'; " + text).Invoke();
}

static double Quantile(IEnumerable<double> values, double quantile)
{
    double[] sorted = [.. values.Order()];
    return sorted[(int)Math.Round(quantile * (sorted.Length - 1))];
}
