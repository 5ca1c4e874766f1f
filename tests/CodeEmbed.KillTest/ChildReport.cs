using System.Text.RegularExpressions;

namespace CodeEmbed.KillTest;

/// <summary>The report of a child process about itself.</summary>
internal sealed partial class ChildReport
{
    public const string Loaded = "Loaded.";

    public const string Begun = "Begun: ";

    public const string Rejected = "Rejected: ";

    public const string Computed = "Computed: ";

    private readonly object _lock = new();
    private readonly List<string> _errors = [];

    /// <summary>Whether the model is loaded.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>The number of reported batches.</summary>
    public int Batches { get; private set; }

    /// <summary>The number of snippets that the model started, if the child reports it.</summary>
    public int SnippetsBegun { get; private set; }

    /// <summary>The number of snippets that the model could not embed, if the child reports it.</summary>
    public int SnippetsRejected { get; private set; }

    /// <summary>The number of snippets in the reported batches.</summary>
    public int Snippets { get; private set; }

    /// <summary>
    ///   The errors of the child, except for the records that it had to skip and for the last line, which summarizes the output.
    /// </summary>
    public string Errors => string.Join('\n', _errors);

    /// <summary>Processes a line of the child's output.</summary>
    public void Add(string? line)
    {
        if (line is null)
            return;

        lock (_lock)
        {
            // A killed process may leave half a line, which does not count.
            if (line == Loaded || line.StartsWith("VERBOSE: Device ", StringComparison.Ordinal))
                IsLoaded = true;
            else if (line.StartsWith(Begun, StringComparison.Ordinal))
                SnippetsBegun += int.Parse(line.AsSpan(Begun.Length), null);
            else if (BatchLine().Match(line) is { Success: true } batch)
                (Batches, Snippets) = (Batches + 1, Snippets + int.Parse(batch.Groups[1].ValueSpan, null));
            else if (line.StartsWith(Rejected, StringComparison.Ordinal))
                SnippetsRejected += int.Parse(line.AsSpan(Rejected.Length), null);
            else if (
                !line.StartsWith("VERBOSE: ", StringComparison.Ordinal)
                    && !line.StartsWith("WARNING: ", StringComparison.Ordinal) && !PassedOver().IsMatch(line))
                _errors.Add(line);
        }
    }

    [GeneratedRegex(@"^(?:Computed: |VERBOSE: Batch \d+: )(\d+)(?: snippets?, .*)?$")]
    private static partial Regex BatchLine();

    [GeneratedRegex("^(error (InvalidInputError|ValidationError|EmbeddingError): |Wrote [0-9]+ embedding)")]
    private static partial Regex PassedOver();
}
