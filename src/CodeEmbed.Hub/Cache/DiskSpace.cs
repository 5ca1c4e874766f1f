using CodeEmbed.Hub.Errors;

namespace CodeEmbed.Hub.Cache;

/// <summary>Checks that a disk has room for a file.</summary>
internal static class DiskSpace
{
    /// <summary>Fails if a disk has too little space for a file.</summary>
    /// <param name="folder">A folder on the disk.</param>
    /// <param name="length">How much will be written, in bytes.</param>
    /// <exception cref="HubAnswerException">There is not enough.</exception>
    public static void Require(string folder, long length)
    {
        if (FindFree(folder) is { } free && free < length)
            throw new DiskFullException(folder, $"{Megabytes(length)} are needed and {Megabytes(free)} are free");
    }

    private static long? FindFree(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A share on Windows, or a file system that does not report it; the writing itself will show it.
            return null;
        }
    }

    private static string Megabytes(long length) => $"{Math.Ceiling(length / 1e6):0} MB";
}

/// <summary>A disk has too little space for a file.</summary>
/// <param name="folder">A folder on the disk.</param>
/// <param name="numbers">How much is needed and how much there is, as a phrase.</param>
internal sealed class DiskFullException(string folder, string numbers) : IOException($"{numbers} at '{folder}'");
