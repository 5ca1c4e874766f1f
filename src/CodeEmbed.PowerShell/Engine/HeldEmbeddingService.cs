namespace CodeEmbed.PowerShell.Engine;

/// <summary>
///   Keeps the most recently used service, and so its loaded model, for the next call with the same settings. For several
///   threads at once.
/// </summary>
internal static class HeldEmbeddingService
{
    private static readonly object Gate = new();

    // A model's parts are in its folder and in its direct subfolders, such as 1_Pooling and onnx; deeper files are another
    // program's.
    private static readonly EnumerationOptions ModelFiles = new()
    {
        IgnoreInaccessible = true,
        RecurseSubdirectories = true,
        MaxRecursionDepth = 1
    };
    private static (EmbeddingServiceOptions Options, string Files) _key;
    private static EmbeddingServiceLease? _hold;
    private static SharedEmbeddingService? _held;

    /// <summary>
    ///   Starts the use of a service with these settings: of the held one, or of a new one, which is then held.
    /// </summary>
    /// <exception cref="ModelLoadException">The module's folder is not complete.</exception>
    public static EmbeddingServiceLease Lease(EmbeddingServiceOptions options)
    {
        // A model whose files were changed counts as another model.
        (EmbeddingServiceOptions, string) key = (options, DescribeFiles(options));
        lock (Gate)
        {
            if (_held is null || _key != key)
            {
                Release();
                _held = new SharedEmbeddingService(EmbeddingEngine.Create(options));
                _hold = new EmbeddingServiceLease(_held);
                _key = key;
            }

            return new EmbeddingServiceLease(_held);
        }
    }

    /// <summary>
    ///   Starts the use of the held service, if its model is loaded and gives vectors that compare, whatever its
    ///   settings; otherwise <see langword="null"/>.
    /// </summary>
    /// <param name="fingerprint">The fingerprint of the vectors.</param>
    /// <param name="device">The device that was asked for.</param>
    /// <param name="threads">The number of threads that was asked for.</param>
    /// <param name="maxBatchTokens">The number of tokens of a run that was asked for.</param>
    public static EmbeddingServiceLease? TryLease(
        string fingerprint, EmbeddingDevice device, int? threads, int? maxBatchTokens)
    {
        lock (Gate)
        {
            return _held?.Service.Model?.Fingerprint == fingerprint && _key.Options.Device == device
                && _key.Options.Threads == threads && _key.Options.MaxBatchTokens == maxBatchTokens
                && _key.Files == DescribeFiles(_key.Options)
                    ? new EmbeddingServiceLease(_held)
                    : null;
        }
    }

    /// <summary>Releases the held service; one that is still in use is freed when its use ends.</summary>
    public static void Release()
    {
        lock (Gate)
        {
            _hold?.Dispose();
            (_hold, _held, _key) = (null, null, default);
        }
    }

    private static string DescribeFiles(EmbeddingServiceOptions options)
    {
        if (!Directory.Exists(options.Model))
            return string.Empty;

        try
        {
            IEnumerable<FileInfo> files = new DirectoryInfo(options.Model).EnumerateFiles("*", ModelFiles).OrderBy(
                file => file.FullName, StringComparer.Ordinal);
            return string.Join('|', files.Select(Describe));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The files are being changed right now: the held service does not match them.
            return Guid.NewGuid().ToString();
        }
    }

    private static string Describe(FileInfo file)
    {
        // The Hub's cache consists of links; their targets count.
        FileSystemInfo target = file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
        return $"{file.FullName}:{(target as FileInfo)?.Length}:{target.LastWriteTimeUtc.Ticks}";
    }
}
