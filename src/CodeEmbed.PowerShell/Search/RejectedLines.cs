using System.Management.Automation;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.Runs;

namespace CodeEmbed.PowerShell.Search;

/// <summary>The records that were left out: the first of each file, and how many more there are.</summary>
internal sealed class RejectedLines
{
    /// <summary>How many records of a file are reported one by one: a file may have a million that are not embeddings.</summary>
    private const int Shown = 10;

    private readonly Dictionary<string, (List<RejectedRecord> First, long Count)> _files = [];

    /// <summary>Adds a record.</summary>
    public void Add(RejectedRecord record)
    {
        string file = record.Source?.File ?? string.Empty;
        (List<RejectedRecord> first, long count) = _files.GetValueOrDefault(file, ([], 0));
        if (count < Shown)
            first.Add(record);

        _files[file] = (first, count + 1);
    }

    /// <summary>Reports the first records of each file, and warns about the others.</summary>
    /// <param name="cmdlet">The cmdlet that read the files.</param>
    /// <param name="told">The files that were reported already, which are not reported again.</param>
    /// <param name="report">Reports the error of a record.</param>
    public void Tell(Cmdlet cmdlet, HashSet<string> told, Action<ErrorRecord> report)
    {
        foreach ((string file, (List<RejectedRecord> first, long count)) in _files)
        {
            if (!told.Add(file))
                continue;

            foreach (RejectedRecord record in first)
                report(ErrorRecords.From(record.Reason));

            if (count > first.Count)
            {
                cmdlet.WriteWarning(
                    $"'{file}' has {count - first.Count} more records that were left out. Import-CodeEmbedding -SkipInvalid "
                    + "names them.");
            }
        }
    }
}
