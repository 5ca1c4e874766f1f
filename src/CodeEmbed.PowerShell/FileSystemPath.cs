using System.Collections.ObjectModel;
using System.Management.Automation;
using CodeEmbed.Files;

namespace CodeEmbed.PowerShell;

/// <summary>
///   Converts PowerShell paths to file system paths. They may start from a PowerShell location or drive, and
///   may belong to another provider.
/// </summary>
internal static class FileSystemPath
{
    private const string FileSystem = "FileSystem";

    /// <summary>The full path of a file or folder that need not exist, by its exact name.</summary>
    /// <param name="session">Where the path starts from.</param>
    /// <param name="path">A PowerShell path.</param>
    /// <param name="problem">Why it is not a file, as a sentence; empty if it is one.</param>
    /// <returns>The path, or <see langword="null"/> if the path is not a file's.</returns>
    public static string? Find(PathIntrinsics session, string path, out string problem)
    {
        try
        {
            problem = string.Empty;
            string file = session.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            RequireFileSystem(provider);
            if (!file.Contains('\0'))
                return file;

            problem = "it holds the character NUL, which no name has.";
            return null;
        }
        catch (Exception e) when (IsProblem(e))
        {
            problem = e.Message;
            return null;
        }
    }

    /// <summary>The full paths of the files and folders that match a path, in which wildcards are allowed.</summary>
    /// <param name="session">Where the path starts from.</param>
    /// <param name="path">A PowerShell path.</param>
    /// <param name="problem">Why nothing was found, as a sentence; empty if something was.</param>
    private static Collection<string> FindAll(PathIntrinsics session, string path, out string problem)
    {
        try
        {
            Collection<string> files = session.GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);
            RequireFileSystem(provider);
            problem = files.Count > 0 ? string.Empty : "no file matches it. -LiteralPath takes a name literally.";
            return files;
        }
        catch (Exception e) when (IsProblem(e))
        {
            problem = e is ItemNotFoundException ? FileError.DoesNotExist : FileError.OfReading(e, path).Problem;
            return [];
        }
    }

    /// <summary>The full paths of the files and folders that a cmdlet's -Path or -LiteralPath names, which exist.</summary>
    /// <param name="session">Where the path starts from.</param>
    /// <param name="path">A PowerShell path.</param>
    /// <param name="literal">Whether no character in it is a wildcard.</param>
    /// <param name="problem">Why nothing was found, as a sentence; empty if something was.</param>
    public static IReadOnlyList<string> FindExisting(
        PathIntrinsics session, string path, bool literal, out string problem)
    {
        if (!literal)
            return FindAll(session, path, out problem);

        if (Find(session, path, out problem) is not { } file)
            return [];

        problem = Path.Exists(file) ? string.Empty : FileError.DoesNotExist;
        return problem.Length == 0 ? [file] : [];
    }

    private static void RequireFileSystem(ProviderInfo provider)
    {
        if (provider.Name != FileSystem)
            throw new IOException($"it is not a file: it belongs to the provider {provider.Name}.");
    }

    /// <summary>
    ///   Whether an exception is one that PowerShell throws if a path leads nowhere; the last two are for odd paths.
    /// </summary>
    private static bool IsProblem(Exception error) => error is IOException or UnauthorizedAccessException or ItemNotFoundException
        or WildcardPatternException or System.Management.Automation.DriveNotFoundException or ProviderNotFoundException
        or ArgumentException or NotSupportedException;
}
