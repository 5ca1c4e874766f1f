using System.Collections.Concurrent;
using System.Globalization;
using CodeEmbed.Errors;
using CodeEmbed.Files;
using CodeEmbed.Jsonl;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.Runs;

namespace CodeEmbed.PowerShell.Runs;

/// <summary>The files of an earlier run whose embeddings are reused, and the warnings about them.</summary>
/// <param name="files">Their full paths.</param>
internal sealed class ReusedFiles(IReadOnlyList<string> files) : IDisposable
{
    /// <summary>How many damaged lines of a file cause a warning each.</summary>
    private const int MostWarnings = 10;

    // The embeddings are read on another thread than the one that may write a warning.
    private readonly ConcurrentQueue<(string File, string Problem)> _damaged = new();
    private readonly Dictionary<string, int> _counts = [];
    private readonly HashSet<string> _useless = [];
    private JsonlReusableEmbeddings? _embeddings;

    /// <summary>The files.</summary>
    public IReadOnlyList<string> Files { get; private set; } = files;

    /// <summary>The embeddings in them.</summary>
    public JsonlReusableEmbeddings Embeddings => _embeddings ??= new JsonlReusableEmbeddings(Files, Warn)
    {
        Zstandard = Files.Select(ZstandardAdapter.For).FirstOrDefault(codec => codec is not null),
        Store = StoreAdapter.Instance,
    };

    /// <summary>Leaves out the files that do not exist because this run makes them.</summary>
    /// <param name="targets">The files that the run makes.</param>
    /// <returns>The files that were left out.</returns>
    public IReadOnlyList<string> TakeMissing(IEnumerable<string> targets)
    {
        FileIdentity?[] made = [.. targets.Select(FileIdentity.Of)];
        string[] missing = [.. Files.Where(file => !File.Exists(file) && made.Contains(FileIdentity.Of(file)))];
        Files = [.. Files.Except(missing)];
        return missing;
    }

    /// <summary>The warnings since the last call: one for each damaged line, or for a file without a single embedding.</summary>
    public IEnumerable<string> TakeWarnings()
    {
        while (_damaged.TryDequeue(out (string File, string Problem) line))
        {
            if (!Embeddings.WithoutRecords.Contains(line.File))
                yield return $"{line.Problem}. This line is not reused: its snippet is embedded again.";
            else if (_useless.Add(line.File))
                yield return $"{MessageText.Quote(line.File)} holds no embeddings, so nothing of it is reused. {line.Problem}.";
        }
    }

    /// <summary>The warning about the remaining damaged lines, if any.</summary>
    public string? DescribeRest()
    {
        int rest = _counts.Where(file => !Embeddings.WithoutRecords.Contains(file.Key))
            .Sum(file => Math.Max(file.Value - MostWarnings, 0));
        return rest == 0 ? null : string.Create(
            CultureInfo.InvariantCulture, $"Not reused either, because they are damaged: {rest} more lines.");
    }

    /// <summary>Describes how much there is to reuse.</summary>
    public string Describe()
    {
        string others = Embeddings.Incompatible == 0
            ? string.Empty
            : string.Create(
                CultureInfo.InvariantCulture, $"; {Embeddings.Incompatible} have another fingerprint and are not reused");
        return string.Create(
            CultureInfo.InvariantCulture, $"Reuse: {Embeddings.Records} records in {MessageText.QuoteList(Files)}{others}.");
    }

    /// <inheritdoc/>
    public void Dispose() => _embeddings?.Dispose();

    private void Warn(RejectedRecord rejected)
    {
        string file = rejected.Source?.File ?? string.Empty;
        int count = _counts.GetValueOrDefault(file) + 1;
        _counts[file] = count;
        if (count <= MostWarnings)
            _damaged.Enqueue((file, rejected.Reason.Message.TrimEnd('.')));
    }
}
