using System.Text.Json;
using CodeEmbed.Hub.Errors;
using CodeEmbed.ModelFiles;

namespace CodeEmbed.Hub.Files;

/// <summary>Reads the small JSON files that name other files of a repository.</summary>
internal static class RepositoryFile
{
    /// <summary>Reads a file.</summary>
    /// <typeparam name="T">What is made from it.</typeparam>
    /// <param name="path">Its path in the repository.</param>
    /// <param name="open">Opens it.</param>
    /// <param name="kind">What it must hold: an object or an array.</param>
    /// <param name="read">Makes a value from that, which is not valid afterwards.</param>
    /// <exception cref="HubAnswerException">The file is not valid; the message says why.</exception>
    public static T Read<T>(string path, Func<string, Stream> open, JsonValueKind kind, Func<JsonElement, T> read)
    {
        using Stream stream = open(path);
        try
        {
            return JsonFile.Read(path, stream, kind, read);
        }
        catch (ModelFormatException e)
        {
            throw new HubAnswerException(
                $"its {e.Message} None of the files that it names was fetched. Give another model or revision.", e);
        }
    }
}
