namespace CodeEmbed.Numpy;

/// <summary>The files that a binary index consists of.</summary>
internal static class NumpyFiles
{
    private const string Extension = ".npy", RecordsExtension = ".jsonl", StampSuffix = ".records.json";

    /// <summary>Whether a file holds vectors, by its name.</summary>
    public static bool IsOne(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The file of the records, next to that of their vectors.</summary>
    public static string RecordsFor(string vectors) => Path.ChangeExtension(vectors, RecordsExtension);

    /// <summary>The file that says which records belong to the vectors.</summary>
    public static string StampFor(string vectors) => vectors + StampSuffix;

    /// <summary>
    ///   The file of vectors that a file of records belongs to, if both exist, and this program wrote them together;
    ///   otherwise <see langword="null"/>.
    /// </summary>
    public static string? FindVectors(string records)
    {
        if (!records.EndsWith(RecordsExtension, StringComparison.OrdinalIgnoreCase))
            return null;

        string vectors = Path.ChangeExtension(records, Extension);
        return File.Exists(vectors) && File.Exists(StampFor(vectors)) ? vectors : null;
    }

    /// <summary>Refuses a file of records whose vectors are in another file, if vectors are wanted.</summary>
    /// <exception cref="InvalidInputException">It is one.</exception>
    public static void RequireVectors(string path)
    {
        // Records that were written again since then may be anything.
        if (FindVectors(path) is { } vectors && RecordsStamp.Read(StampFor(vectors), out _) is { } stamp
            && stamp.IsOfUntouched(path))
        {
            throw new InvalidInputException(
                new SnippetSource(path, 1),
                $"the file holds the records of a binary index, and '{vectors}' the vectors. Name that file.");
        }
    }

    /// <summary>The file of vectors that a file is a stamp of; <see langword="null"/> if it is not a stamp.</summary>
    public static string? FindStamped(string path) =>
        path.EndsWith(Extension + StampSuffix, StringComparison.OrdinalIgnoreCase)
            && path[..^StampSuffix.Length] is var vectors && File.Exists(vectors)
                ? vectors
                : null;

    /// <summary>The files of an index that are read: the named one, and for a binary index its records too.</summary>
    public static IReadOnlyList<string> ReadFor(string path) => IsOne(path) ? [path, FindRecords(path)] : [path];

    /// <summary>
    ///   Where the records of vectors are: next to the file, or for a symbolic link, also next to the file that it leads to.
    /// </summary>
    public static string FindRecords(string vectors)
    {
        string records = RecordsFor(vectors);
        return !File.Exists(records) && File.Exists(vectors)
            && File.ResolveLinkTarget(vectors, returnFinalTarget: true) is { } target
                ? RecordsFor(target.FullName)
                : records;
    }
}
