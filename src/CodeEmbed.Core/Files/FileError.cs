namespace CodeEmbed.Files;

/// <summary>Says in the words of this library what .NET says of a file that cannot be read or written.</summary>
/// <param name="Kind">What kind of error it is.</param>
/// <param name="Problem">What is wrong, as a sentence. It names a file only if that is another one than was asked for.</param>
internal sealed record FileError(FileErrorKind Kind, string Problem)
{
    /// <summary>The problem of a file that does not exist.</summary>
    public const string DoesNotExist = "it does not exist.";

    private const string Read = "read", Write = "write";

    /// <summary>Describes an error of reading a file.</summary>
    /// <param name="error">The error. One whose message is the library's own keeps that message.</param>
    /// <param name="path">The file that was to be read, as the user knows it; empty if the user knows none.</param>
    public static FileError OfReading(Exception error, string path) => Of(error, path, Read);

    /// <summary>Describes an error of writing a file.</summary>
    /// <param name="error">The error. One whose message is the library's own keeps that message.</param>
    /// <param name="path">The file that was to be written, as the user knows it; empty if the user knows none.</param>
    public static FileError OfWriting(Exception error, string path) => Of(error, path, Write);

    /// <summary>Whether an error says that the disk is full, or the user's part of it.</summary>
    public static bool SaysDiskFull(Exception error) => error is IOException && (OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) is 39 or 112 // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL
        : error.HResult is 28 or 69 or 122); // ENOSPC, EDQUOT on macOS, EDQUOT on Linux

    /// <summary>The error of a full disk, for a library that has an error of its own for it.</summary>
    /// <param name="detail">What the library says.</param>
    public static IOException DiskFull(string detail) =>
        new($"the disk is full ({detail}).", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);

    private static FileError Of(Exception error, string path, string verb)
    {
        FileErrorKind kind = KindOf(error);
        if (kind == FileErrorKind.DiskFull)
        {
            string full = path.Length == 0 && IsOfNet(error) ? QuotedIn(error.Message) : string.Empty;
            return new FileError(kind, full.Length == 0 ? "the disk is full." : $"the disk that has '{full}' is full.");
        }

        return new FileError(kind, IsOfNet(error) ? Describe(error, kind, path, verb) : error.Message);
    }

    private static FileErrorKind KindOf(Exception error) => error switch
    {
        DirectoryNotFoundException or FileNotFoundException { FileName: not null } => FileErrorKind.Missing,
        FileNotFoundException { Message: DoesNotExist } => FileErrorKind.Missing,
        UnauthorizedAccessException => FileErrorKind.Denied,
        PathTooLongException => FileErrorKind.NameTooLong,
        _ when SaysDiskFull(error) => FileErrorKind.DiskFull,
        _ => FileErrorKind.Other,
    };

    private static string Describe(Exception error, FileErrorKind kind, string path, string verb)
    {
        string named = (error as FileNotFoundException)?.FileName ?? QuotedIn(error.Message);
        string other = named.Length == 0 || IsSame(named, path) ? string.Empty : $"'{named}'";
        return kind switch
        {
            FileErrorKind.Missing => other.Length > 0 ? $"{other} does not exist." : DoesNotExist,
            FileErrorKind.Denied => $"you may not {verb} {(other.Length > 0 ? other : "it")}.",
            FileErrorKind.NameTooLong => other.Length > 0 && verb == Write
                ? $"its name or its path is too long once '{Path.GetExtension(named)}' is added, for a file next to it."
                : "its name or its path is too long.",
            _ => error.Message,
        };
    }

    /// <summary>Whether .NET made the message: that of the library's own exceptions says what to do.</summary>
    private static bool IsOfNet(Exception error) => error.Source?.StartsWith("System.", StringComparison.Ordinal) == true;

    /// <summary>Whether a file is the one that the user knows, whose path may start in another folder.</summary>
    private static bool IsSame(string file, string path) => path.Length > 0
        && (file == path || (!Path.IsPathRooted(path) && Path.GetFileName(file) == Path.GetFileName(path)));

    /// <summary>The text in quotes: the path in messages of .NET, in which a path may hold quotes, too.</summary>
    private static string QuotedIn(string message)
    {
        int first = message.IndexOf('\'', StringComparison.Ordinal);
        int last = message.LastIndexOf('\'');
        return last > first ? message[(first + 1)..last] : string.Empty;
    }
}
