namespace CodeEmbed.Jsonl;

/// <summary>Opens the file that an output goes to.</summary>
internal static class TargetFile
{
    /// <summary>Opens it.</summary>
    /// <param name="path">The file; where it is a symbolic link, the file that the link leads to.</param>
    /// <param name="options">How to write.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    public static IOutputFile Open(string path, JsonlWriterOptions options, CancellationToken cancellationToken)
    {
        string target = new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        if (Directory.Exists(target))
            throw new IOException($"'{target}' is a folder.");

        // .NET does not tell a device from a file, and root may put a file in its place.
        if (!OperatingSystem.IsWindows() && Path.GetDirectoryName(Path.GetFullPath(target)) == "/dev")
            throw new IOException($"'{target}' is a device, and the output takes the place of its target.");

        if (options.Force && Path.GetDirectoryName(Path.GetFullPath(target)) is { } folder)
            Directory.CreateDirectory(folder);

        bool exists = File.Exists(target);
        bool isReadOnly = exists && (File.GetAttributes(target) & FileAttributes.ReadOnly) != 0;
        if (isReadOnly && !options.Force)
            throw new UnauthorizedAccessException($"'{target}' is read-only.");

        if (!options.Append || !exists)
            return new ReplacedFile(target);

        if (!isReadOnly)
            return OpenToAppend(target, cancellationToken);

        // What is open for writing stays so.
        FileAttributes attributes = File.GetAttributes(target);
        File.SetAttributes(target, attributes & ~FileAttributes.ReadOnly);
        try
        {
            return OpenToAppend(target, cancellationToken);
        }
        finally
        {
            File.SetAttributes(target, attributes);
        }
    }

    private static AppendedFile OpenToAppend(string target, CancellationToken cancellationToken) =>
        AppendedFile.OpenAsync(target, cancellationToken).AsTask().GetAwaiter().GetResult();
}
