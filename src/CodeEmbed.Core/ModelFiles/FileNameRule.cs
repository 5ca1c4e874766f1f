using System.Text;

namespace CodeEmbed.ModelFiles;

/// <summary>Which names of a model's files may become paths: those of a plain file on every platform.</summary>
internal static class FileNameRule
{
    private const int MaxBytes = 255;
    private const string Forbidden = "/\\:*?\"<>|";

    // Windows devices, which a name stands for with any extension too.
    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$",
        "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "COM¹", "COM²", "COM³",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT¹", "LPT²", "LPT³",
    };

    /// <summary>
    ///   Whether a name is a plain file's: no way out of its folder, no device, nothing that a platform reads otherwise.
    /// </summary>
    public static bool IsPlain(string name) =>
        name.Length > 0
        && Encoding.UTF8.GetByteCount(name) <= MaxBytes
        && name is not ("." or "..")
        && name[^1] is not ('.' or ' ')
        && !name.Any(c => char.IsControl(c) || char.IsSurrogate(c) || Forbidden.Contains(c))
        && !Devices.Contains(name.Split('.')[0].TrimEnd(' '));

    /// <summary>Whether a path, with slashes between its names, stays in the folder that it starts from.</summary>
    public static bool IsPlainPath(string path) => path.Split('/').All(IsPlain);
}
