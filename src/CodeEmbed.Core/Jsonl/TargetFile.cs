namespace CodeEmbed.Jsonl;

/// <summary>Opens the file that an output goes to.</summary>
internal static class TargetFile
{
    /// <summary>The full path of a file; where it is a symbolic link, of the file that the link leads to.</summary>
    public static string Resolve(string path) =>
        new FileInfo(path).LinkTarget is null ? Path.GetFullPath(path) : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;

    /// <summary>Tells whether two full paths are one file's: letters are compared as the platform's usual file system does.</summary>
    public static StringComparer PathComparer { get; } =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>Opens it.</summary>
    /// <param name="target">The file, resolved.</param>
    /// <param name="options">How to write.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    public static IOutputFile Open(string target, JsonlWriterOptions options, CancellationToken cancellationToken)
    {
        if (options is { Resume: true, Append: true })
            throw new IOException("-Resume continues the partial file of an interrupted run, and with -Append there is none. Give one of the two.");

        if (Directory.Exists(target))
            throw new IOException($"'{target}' is a folder.");

        // .NET does not tell a device from a file, and root may put a file in its place.
        if (!OperatingSystem.IsWindows() && Path.GetDirectoryName(target) == "/dev")
            throw new IOException($"'{target}' is a device, and the output takes the place of its target.");

        if (options.Force && Path.GetDirectoryName(target) is { } folder)
            Directory.CreateDirectory(folder);

        bool exists = File.Exists(target);
        bool isReadOnly = exists && (File.GetAttributes(target) & FileAttributes.ReadOnly) != 0;
        if (isReadOnly && !options.Force)
            throw new UnauthorizedAccessException($"'{target}' is read-only.");

        if (!options.Append || !exists)
            return new ReplacedFile(target, options);

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
