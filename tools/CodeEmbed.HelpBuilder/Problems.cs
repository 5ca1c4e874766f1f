namespace CodeEmbed.HelpBuilder;

/// <summary>What is wrong with the pages.</summary>
internal sealed class Problems
{
    private readonly List<(string File, int Line, string Message)> _all = [];

    /// <summary>Notes a problem.</summary>
    /// <param name="file">The file that it is in.</param>
    /// <param name="line">The line, counted from 1.</param>
    /// <param name="message">What is wrong.</param>
    public void Add(string file, int line, string message) => _all.Add((file, line, message));

    /// <summary>Prints the problems in the form that MSBuild takes for errors.</summary>
    /// <returns>Whether there are any.</returns>
    public bool Report()
    {
        foreach ((string file, int line, string message) in _all)
            Console.Out.WriteLine($"{Path.GetFullPath(file)}({line}): error HELP: {message}.");

        return _all.Count > 0;
    }
}
