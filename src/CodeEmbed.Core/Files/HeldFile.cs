namespace CodeEmbed.Files;

/// <summary>Tells of a file that somebody else has open for himself alone.</summary>
internal static class HeldFile
{
    /// <summary>What an open call fails with: EWOULDBLOCK of Linux and of macOS, and ERROR_SHARING_VIOLATION of Windows.</summary>
    private static readonly int[] Codes = [11, 35, unchecked((int)0x80070020)];

    /// <summary>Tells whether an error says that the file is held.</summary>
    public static bool IsSaidBy(IOException error) => Codes.Contains(error.HResult);

    /// <summary>What to say then.</summary>
    public static IOException Describe(string path, IOException error) =>
        new($"another run writes to '{path}', or another program has it open for itself alone. Wait until it has ended.", error);
}
