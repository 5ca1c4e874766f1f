namespace CodeEmbed.HelpBuilder;

/// <summary>The problems in the pages.</summary>
internal sealed class Problems
{
    private readonly List<(string File, int Line, string Message)> _all = [];

    /// <summary>Adds a problem.</summary>
    /// <param name="file">The file that has the problem.</param>
    /// <param name="line">The line, counted from 1.</param>
    /// <param name="message">What is wrong.</param>
    public void Add(string file, int line, string message) => _all.Add((file, line, message));

    /// <summary>Prints the problems in the form of MSBuild errors.</summary>
    /// <returns>Whether there are any.</returns>
    public bool Report()
    {
        foreach ((string file, int line, string message) in _all)
            Console.Out.WriteLine($"{Path.GetFullPath(file)}({line}): error HELP: {message}.");

        return _all.Count > 0;
    }
}
