using CodeEmbed.Formats;

namespace CodeEmbed.ModelFiles;

/// <summary>Recognizes, by its first bytes, a model's file that is not what its name says.</summary>
internal static class FileStart
{
    /// <summary>
    ///   Refuses the results of a failed download, for a file of any kind.
    /// </summary>
    /// <param name="fileName">The file's name.</param>
    /// <param name="start">
    ///   Its first bytes, <see cref="FileFormat.StartLength"/> of them if it has that many; more do no harm.
    /// </param>
    /// <exception cref="ModelFormatException">It is a pointer of Git LFS, or a web page.</exception>
    public static void RefuseStandIns(string fileName, ReadOnlySpan<byte> start)
    {
        if (FileFormat.IsLfsPointer(start))
        {
            throw new ModelFormatException(
                $"{fileName} is a pointer that Git LFS left in place of the file. Run 'git lfs pull' in the model's folder.");
        }

        if (FileFormat.IsPage(start))
        {
            throw new ModelFormatException(
                $"{fileName} is a web page (HTML) that was saved in place of the file, such as a page to sign in. "
                + "Fetch the file again.");
        }
    }

    /// <summary>
    ///   What an unexpected file is, as a sentence to follow another, or an empty text if its start does not
    ///   show it.
    /// </summary>
    /// <param name="start">
    ///   Its first bytes, <see cref="FileFormat.StartLength"/> of them if it has that many; more do no harm.
    /// </param>
    public static string Describe(ReadOnlySpan<byte> start) =>
        FileFormat.RecognizeInModel(start) is { } format ? $" By its first bytes it is {format}." : string.Empty;
}
