using System.Text.RegularExpressions;

namespace CodeEmbed.PesterTests;

/// <summary>The last lines of a process's output, without colours, for the message if it fails.</summary>
internal sealed partial class OutputTail
{
    private const int MostLines = 30;

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = [];

    /// <summary>Adds a line.</summary>
    public void Add(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;

        lock (_lock)
        {
            _lines.Enqueue(Colour().Replace(line, ""));
            if (_lines.Count > MostLines)
                _lines.Dequeue();
        }
    }

    [GeneratedRegex(@"\e\[[0-9;]*m")]
    private static partial Regex Colour();

    /// <summary>The lines, each after a line end.</summary>
    public override string ToString()
    {
        lock (_lock)
            return _lines.Count == 0
                ? " It had no output."
                : " It wrote:" + string.Concat(_lines.Select(line => $"{Environment.NewLine}  {line}"));
    }
}
