using CodeEmbed.Files;
using CodeEmbed.Formats;
using CodeEmbed.Indexes;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Numpy;

namespace CodeEmbed.Jsonl.Output;

/// <summary>Opens the file that an output goes to.</summary>
internal static class TargetFile
{
    /// <summary>The limit that Linux has.</summary>
    private const int MostLinks = 40;

    /// <summary>The full path of a file; for a symbolic link, of the file that the link leads to.</summary>
    /// <exception cref="IOException">
    ///   The path leads to no file that can be replaced, such as standard output, or its links lead in a circle.
    /// </exception>
    public static string Resolve(string path)
    {
        path = Path.GetFullPath(path);
        string file = path;
        for (int links = 0; new FileInfo(file).LinkTarget is { } next; links++)
        {
            if (links == MostLinks)
                throw new IOException($"'{path}' leads in a circle of symbolic links.");

            RequireNoStream(file, path);
            file = Path.GetFullPath(next, Path.GetDirectoryName(file)!);
        }

        RequireNoStream(file, path);
        return file;
    }

    /// <summary>The full path of a file that is replaced in one step, by <see cref="Resolve"/>.</summary>
    /// <exception cref="IOException">It is a folder, a device or a pipe, or its folder does not exist.</exception>
    public static string ResolveRegular(string path)
    {
        string file = Resolve(path);
        RequireRegular(file);
        RequireNoIndex(file, "the rejected records");
        RequireFolder(file, "Make it.");
        return file;
    }

    /// <summary>Refuses to replace embeddings with something else.</summary>
    /// <param name="file">The file.</param>
    /// <param name="content">What would replace them, for the message.</param>
    /// <exception cref="IOException">The file holds embeddings.</exception>
    public static void RequireNoIndex(string file, string content)
    {
        if (IndexModel.IsIndex(file))
            throw new IOException($"it holds embeddings, which {content} would replace. Name another file.");
    }

    /// <summary>Opens it.</summary>
    /// <param name="target">The file, resolved.</param>
    /// <param name="options">How to write.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    public static IOutputFile Open(string target, JsonlWriterOptions options, CancellationToken cancellationToken)
    {
        RequireRegular(target);
        RequireNoPartOfIndex(target, options);
        new FileAdapters(options.Zstandard, options.Store).RequireFor(target);
        if (options.Force && Path.GetDirectoryName(target) is { } folder)
            Directory.CreateDirectory(folder);

        RequireFolder(target, "Make it.");
        bool exists = File.Exists(target);

        // If there is no target yet, the lines to append are written like any output, with a partial file.
        if (exists && options is { Resume: true, Append: true })
        {
            throw new OutputException(
                OutputProblem.ResumeAndAppend,
                "an existing file that is added to has no partial file, so an interrupted run leaves nothing to resume.");
        }

        if (exists && options is { NoClobber: true, Append: false })
            throw new OutputException(OutputProblem.Exists, "it already exists.");

        bool isReadOnly = exists && (File.GetAttributes(target) & FileAttributes.ReadOnly) != 0;
        if (isReadOnly && !options.Force)
            throw new UnauthorizedAccessException($"'{target}' is read-only.");

        if (!options.Append || !exists)
            return new ReplacedFile(target, options);

        if (!isReadOnly)
            return OpenToAppend(target, options, cancellationToken);

        // A handle that is open for writing stays open.
        FileAttributes attributes = File.GetAttributes(target);
        File.SetAttributes(target, attributes & ~FileAttributes.ReadOnly);
        try
        {
            return OpenToAppend(target, options, cancellationToken);
        }
        finally
        {
            File.SetAttributes(target, attributes);
        }
    }

    private static void RequireRegular(string target)
    {
        if (Directory.Exists(target) || Path.EndsInDirectorySeparator(target))
            throw new IOException($"'{target}' is a folder.");

        if (FileStatus.Of(target) is { Kind: FileKind.Other })
            throw NoFile(target);
    }

    /// <summary>Checks that the folder of a file exists.</summary>
    /// <param name="file">The file's full path.</param>
    /// <param name="cure">What to do if it does not.</param>
    /// <exception cref="DirectoryNotFoundException">It does not; the message names the first folder that is missing.</exception>
    public static void RequireFolder(string file, string cure)
    {
        // A Windows device is in no folder.
        if (Path.GetDirectoryName(file) is not { } missing || Directory.Exists(missing))
            return;

        while (Path.GetDirectoryName(missing) is { } parent && !Directory.Exists(parent))
            missing = parent;

        throw new DirectoryNotFoundException($"the folder '{missing}' of '{file}' does not exist. {cure}");
    }

    /// <summary>Refuses options that are impossible for a binary index or a store, or would take an index apart.</summary>
    private static void RequireNoPartOfIndex(string target, JsonlWriterOptions options)
    {
        if (CompressedFormat.Of(target) is { } compressed)
        {
            string inside = target[..^compressed.Ending.Length];
            if (NumpyFiles.IsOne(inside))
            {
                throw new IOException(
                    $"'{target}' would be a compressed NumPy file, which cannot be mapped into memory. Name a .npy.");
            }

            if (StoreFormat.Of(inside) is { } packed)
            {
                throw new IOException(
                    $"'{target}' would be {StoreFormat.NameOf(packed)} that is compressed, which no program opens. Leave out the "
                    + $"{compressed.Ending}.");
            }
        }

        if (StoreFormat.Of(target) is { } format && options.Append)
        {
            throw new IOException(
                $"{StoreFormat.NameOf(format)} is always written whole, so nothing can be added. Write another file, or write "
                + "this one again and reuse its vectors.");
        }

        if (NumpyFiles.IsOne(target) && options.Append)
        {
            throw new IOException(
                "a NumPy file and its records are always written whole, so nothing can be added. Write another file, or write "
                + "this one again and reuse its vectors.");
        }

        if (!options.Force && File.Exists(target) && IndexOwner.Of(target) is { } described)
            throw new IOException($"it describes '{described}', and would be lost. Write to another file.");

        if (!options.Force && NumpyFiles.FindVectors(target) is { } vectors)
        {
            throw new IOException(
                $"it holds the records of the vectors in '{vectors}', which would be lost. Write that file, or another one.");
        }
    }

    /// <summary>
    ///   Refuses paths of a process's open streams: a link there does not lead to a file by its name. On Windows, also a
    ///   stream inside a file.
    /// </summary>
    private static void RequireNoStream(string file, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            // The text after a colon names a stream inside a file, which cannot replace another one.
            if (file.AsSpan(Path.GetPathRoot(file)!.Length).Contains(':'))
            {
                throw new IOException(
                    $"'{path}' is a stream inside a file, and the output replaces its target at the end. Name a "
                    + "file.");
            }

            return;
        }

        if (file.StartsWith("/proc/", StringComparison.Ordinal) || file.StartsWith("/dev/fd/", StringComparison.Ordinal)
            || file is "/dev/stdin" or "/dev/stdout" or "/dev/stderr")
        {
            throw NoFile(path);
        }
    }

    private static IOException NoFile(string path) => new(
        $"'{path}' is a device, a pipe or an open stream, and the output replaces its target at the end. Name a "
        + "regular file.");

    private static AppendedFile OpenToAppend(string target, JsonlWriterOptions options, CancellationToken cancellationToken) =>
        AppendedFile.OpenAsync(target, options.Zstandard, cancellationToken).AsTask().GetAwaiter().GetResult();
}
