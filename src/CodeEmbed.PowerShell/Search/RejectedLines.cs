using CodeEmbed.Runs;

namespace CodeEmbed.PowerShell.Search;

/// <summary>The records that a search left out: the first of each file, and how many more there are.</summary>
internal sealed class RejectedLines
{
    /// <summary>How many of a file are told one by one: a file may have a million that are not embeddings.</summary>
    public const int Shown = 8;

    private readonly Dictionary<string, (List<RejectedRecord> First, long Count)> _files = [];

    /// <summary>The files that have any: the first records, and how many there are.</summary>
    public IEnumerable<(string File, IReadOnlyList<RejectedRecord> First, long Count)> Files =>
        _files.Select(entry => (entry.Key, (IReadOnlyList<RejectedRecord>)entry.Value.First, entry.Value.Count));

    /// <summary>Adds a record.</summary>
    public void Add(RejectedRecord record)
    {
        string file = record.Source?.File ?? string.Empty;
        (List<RejectedRecord> first, long count) = _files.GetValueOrDefault(file, ([], 0));
        if (count < Shown)
            first.Add(record);

        _files[file] = (first, count + 1);
    }
}
