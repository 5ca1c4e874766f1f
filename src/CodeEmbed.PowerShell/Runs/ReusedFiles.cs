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
    /// <summary>How many damaged lines cause a warning each: a file of another kind has only such lines.</summary>
    private const int MostWarnings = 10;

    // The embeddings are read on another thread than the one that may write a warning.
    private readonly ConcurrentQueue<string> _warnings = new();
    private JsonlReusableEmbeddings? _embeddings;
    private int _damaged;

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

    /// <summary>The warnings since the last call.</summary>
    public IEnumerable<string> TakeWarnings()
    {
        while (_warnings.TryDequeue(out string? warning))
            yield return warning;
    }

    /// <summary>The warning about the remaining damaged lines, if any.</summary>
    public string? DescribeRest() => _damaged <= MostWarnings
        ? null
        : string.Create(
            CultureInfo.InvariantCulture, $"Not reused either, because they are damaged: {_damaged - MostWarnings} more lines.");

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
        if (++_damaged <= MostWarnings)
        {
            _warnings.Enqueue(
                $"{rejected.Reason.Message.TrimEnd('.')}. This line is not reused: its snippet is embedded again.");
        }
    }
}
