namespace CodeEmbed.Hub.Cache;

/// <summary>A lock on a file that other processes respect, including Python's filelock.</summary>
/// <remarks>
///   A file opened exclusively is locked with flock on Unix and by its share mode on Windows, and filelock takes the
///   same locks. The system releases them when a process dies.
/// </remarks>
internal static class BlobLock
{
    // The permissions that huggingface_hub uses, so that a group can share a cache.
    private const UnixFileMode SharedMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until the lock is free and acquires it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>The lock; disposing it releases it.</returns>
    public static async Task<IDisposable> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                FileStream taken = CacheFile.OpenWrite(path, SharedMode);

                // Some versions of filelock remove the file as they release it, and a lock on a file without a name keeps no one
                // out.
                if (File.Exists(path))
                    return taken;

                await taken.DisposeAsync().ConfigureAwait(false);
            }
            catch (IOException e) when (IsTaken(e))
            {
                await Task.Delay(Poll, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static bool IsTaken(IOException e) => OperatingSystem.IsWindows()
        ? (e.HResult & 0xFFFF) is 32 or 33 // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
        : e.HResult is 11 or 35; // EWOULDBLOCK on Linux, on macOS
}
