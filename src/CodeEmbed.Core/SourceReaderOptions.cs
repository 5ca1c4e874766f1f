namespace CodeEmbed;

/// <summary>Which files an <see cref="ISourceReader"/> reads, and how they are cut.</summary>
public sealed record SourceReaderOptions
{
    /// <summary>The default of how many tokens a snippet has at most: 512.</summary>
    public const int DefaultMaxLength = 512;

    /// <summary>The smallest number of tokens that snippets can be limited to: 16.</summary>
    public const int SmallestMaxLength = 16;

    /// <summary>How many bytes a file may have: 2 MiB. Larger ones are skipped.</summary>
    public const int MaxFileSize = 2 * 1024 * 1024;

    /// <summary>How many tokens a snippet has at most.</summary>
    public int MaxLength { get; init; } = DefaultMaxLength;

    /// <summary>Counts tokens; <see langword="null"/> for an estimate that needs no model.</summary>
    public ITokenCounter? Counter { get; init; }

    /// <summary>Whether each file becomes one snippet, however long it is.</summary>
    public bool WholeFile { get; init; }

    /// <summary>
    ///   Whether a file is read, by its full path and by its path from the folder that was given, with <c>/</c>;
    ///   <see langword="null"/> for every one. It is asked on the thread that takes the results.
    /// </summary>
    public Func<string, string, bool>? Filter { get; init; }

    /// <summary>Parsers that are used before those of the reader, for the languages that they support.</summary>
    public IReadOnlyList<ISourceParser> Parsers { get; init; } = [];
}
