using System.Text.RegularExpressions;

namespace CodeEmbed.KillTest;

/// <summary>What a child process has said of itself.</summary>
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

    /// <summary>How many batches were reported.</summary>
    public int Batches { get; private set; }

    /// <summary>How many snippets the model began with, where the child says it.</summary>
    public int SnippetsBegun { get; private set; }

    /// <summary>How many snippets the model could not embed, where the child says it.</summary>
    public int SnippetsRejected { get; private set; }

    /// <summary>How many snippets the reported batches held.</summary>
    public int Snippets { get; private set; }

    /// <summary>
    ///   What the child complained of, but for the records it was told to skip, and the line at the end that says what was
    ///   written.
    /// </summary>
    public string Errors => string.Join('\n', _errors);

    /// <summary>Takes a line of the child's output.</summary>
    public void Add(string? line)
    {
        if (line is null)
            return;

        lock (_lock)
        {
            // A killed process may leave half a line, which is nothing it has said.
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
