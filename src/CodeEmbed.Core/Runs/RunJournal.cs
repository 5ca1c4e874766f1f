using System.Diagnostics;
using CodeEmbed.Files;

namespace CodeEmbed.Runs;

/// <summary>
///   Keeps, next to a partial file, its settings and progress; and checks that a run that resumes it has the
///   same settings.
/// </summary>
/// <param name="path">The file to keep it in.</param>
/// <param name="target">The output that is made.</param>
/// <param name="form">How the records are written.</param>
internal sealed class RunJournal(string path, string target, RecordForm form)
{
    /// <summary>How often it is written while a run is in progress: the most that a loss of power can cost.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private RunManifest? _earlier;
    private EmbeddingRun _run = new();
    private long _lastSaved;
    private FileIdentity? _saved;

    /// <summary>The path of the journal that belongs to a partial file.</summary>
    public static string PathFor(string partialFile) => partialFile + ".json";

    /// <summary>Continues the partial file of an interrupted run.</summary>
    /// <exception cref="IOException">There is no journal of that run, or it is damaged.</exception>
    public void Resume()
    {
        _earlier = RunManifest.Load(path);
        _saved = FileIdentity.Of(path);
    }

    /// <summary>Records the settings of the run.</summary>
    public void Begin(EmbeddingRun run) => _run = run;

    /// <summary>Checks that the run has the settings of the interrupted one.</summary>
    /// <exception cref="IOException">It does not; the message names what differs.</exception>
    public void RequireSameSettings()
    {
        if (_earlier is null)
            return;

        IReadOnlyDictionary<string, string> now = RunManifest.Describe(_run, form);
        string[] differences =
        [
            .. _earlier.MadeWith.Keys.Union(now.Keys)
                .Where(name => _earlier.MadeWith.GetValueOrDefault(name) != now.GetValueOrDefault(name))
                .Select(
                    name => $"{name} was {Quote(_earlier.MadeWith.GetValueOrDefault(name))} and is "
                        + $"{Quote(now.GetValueOrDefault(name))}"),
        ];
        if (differences.Length > 0)
            throw Differs(string.Join("; ", differences));
    }

    /// <summary>Checks a file that is read.</summary>
    /// <param name="index">Which of the run's files it is.</param>
    /// <exception cref="IOException">The interrupted run read another file, or the file has changed.</exception>
    public void CheckInput(int index)
    {
        InputFile input = _run.Inputs[index];
        if (_earlier is not null && index < _earlier.Inputs.Count && _earlier.Inputs[index] is var before && before != input)
        {
            throw Differs(
                before.Path != input.Path ? $"the input was '{before.Path}' and is '{input.Path}'"
                : before.Size != input.Size ? $"'{input.Path}' had {before.Size} bytes and has {input.Size}"
                : $"'{input.Path}' was last written at {before.LastWrite:O}, and now at {input.LastWrite:O}");
        }
    }

    /// <summary>Checks, at the end, that every file was read that the interrupted run had opened.</summary>
    /// <exception cref="IOException">One was not.</exception>
    public void RequireAllInputs()
    {
        if (_earlier is not null && _run.Inputs.Count < _earlier.Inputs.Count)
        {
            throw Differs(
                $"it read '{_earlier.Inputs[_run.Inputs.Count].Path}', which this run has not read, or from which it got no "
                + "record");
        }
    }

    /// <summary>Whether it is time to save: before the first line, and then periodically.</summary>
    public bool IsDue => _lastSaved == 0 || Stopwatch.GetElapsedTime(_lastSaved) >= Interval;

    /// <summary>Saves the journal, unless the run has not yet come as far as the interrupted one.</summary>
    /// <param name="written">How many embeddings are in the partial file.</param>
    public void Save(long written)
    {
        _lastSaved = Stopwatch.GetTimestamp();
        if (_earlier is not null && written < _earlier.Written)
            return;

        var manifest = new RunManifest
        {
            MadeWith = RunManifest.Describe(_run, form),
            Inputs = _run.Inputs,
            Read = _run.Counts.Read,
            Written = written,
            Rejected = _run.Counts.Rejected,
        };
        _saved = manifest.Save(path, target);
    }

    /// <summary>Removes the file, unless another program has put its own there.</summary>
    public void Delete()
    {
        if (_saved is null || FileStatus.Of(path, followLinks: false)?.Identity == _saved)
            File.Delete(path);
    }

    private static string Quote(string? value) => value is null ? "not given" : $"'{value}'";

    private static OutputException Differs(string what) =>
        new(OutputProblem.MadeOtherwise, $"the unfinished output was made with other settings: {what}.");
}
