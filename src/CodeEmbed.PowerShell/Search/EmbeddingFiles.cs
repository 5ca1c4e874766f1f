using System.Management.Automation;
using CodeEmbed.Indexes;
using CodeEmbed.PowerShell.Errors;

namespace CodeEmbed.PowerShell.Search;

/// <summary>Finds the files of embeddings that a cmdlet's -Path or -LiteralPath names.</summary>
internal static class EmbeddingFiles
{
    /// <summary>The full paths of the files, each once.</summary>
    /// <param name="session">Where the paths start from.</param>
    /// <param name="paths">PowerShell paths.</param>
    /// <param name="literal">Whether no character in them is a wildcard.</param>
    /// <param name="report">Reports a path that leads to no file, which is then left out.</param>
    /// <param name="outputs">Files that the cmdlet writes: a pattern that matches them does not mean them.</param>
    public static IReadOnlyList<string> Find(
        PathIntrinsics session,
        IEnumerable<string> paths,
        bool literal,
        Action<ErrorRecord> report,
        params IReadOnlyCollection<string> outputs)
    {
        return [.. paths.SelectMany(FindOne).Distinct()];

        IReadOnlyList<string> FindOne(string path)
        {
            IReadOnlyList<string> found = FileSystemPath.FindExisting(session, path, literal, out string problem);
            if (problem.Length > 0)
            {
                report(ErrorRecords.FileRead(new FileNotFoundException(problem), path));
                return [];
            }

            bool isNamed = literal || !WildcardPattern.ContainsWildcardCharacters(path);
            string[] files = [.. found.Where(name => !Directory.Exists(name) && (isNamed || IsWanted(name)))];
            if (files.Length == 0)
            {
                report(ErrorRecords.FileRead(
                    new IOException(isNamed
                        ? "it is a folder. Name the files in it, as in folder/*.jsonl."
                        : "it matches folders, or files that describe other files, but no file of embeddings."),
                    path));
            }

            return files;
        }

        // A pattern such as index* also matches the files next to those of embeddings.
        bool IsWanted(string file) => IndexOwner.OfEmbeddings(file) is null && !outputs.Contains(file);
    }
}
