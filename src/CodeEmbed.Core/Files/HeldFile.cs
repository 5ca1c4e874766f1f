namespace CodeEmbed.Files;

/// <summary>Recognizes that a file cannot be opened because another process has it open.</summary>
internal static class HeldFile
{
    /// <summary>
    ///   The errors of an open call: EWOULDBLOCK of Linux and of macOS, and ERROR_SHARING_VIOLATION of Windows.
    /// </summary>
    private static readonly int[] Codes = [11, 35, unchecked((int)0x80070020)];

    /// <summary>Whether an error says that another process has the file open.</summary>
    public static bool IsSaidBy(IOException error) => Codes.Contains(error.HResult);

    /// <summary>The error for the user.</summary>
    public static IOException Describe(string path, IOException error) =>
        new($"another run writes to '{path}', or another program has locked it. Wait until that has ended.", error);
}
