namespace CodeEmbed.Files;

/// <summary>Recognizes that a file cannot be opened because another process holds it.</summary>
internal static class HeldFile
{
    /// <summary>
    ///   What an open call fails with: EWOULDBLOCK of Linux and of macOS, and ERROR_SHARING_VIOLATION of Windows.
    /// </summary>
    private static readonly int[] Codes = [11, 35, unchecked((int)0x80070020)];

    /// <summary>Whether an error says that the file is held.</summary>
    public static bool IsSaidBy(IOException error) => Codes.Contains(error.HResult);

    /// <summary>The error for the user.</summary>
    public static IOException Describe(string path, IOException error) =>
        new($"another run writes to '{path}', or another program has locked it. Wait until that has ended.", error);
}
