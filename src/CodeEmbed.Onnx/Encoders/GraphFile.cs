using CodeEmbed.Errors;
using CodeEmbed.Onnx.Tensors;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>
///   Checks the file of an ONNX graph before ONNX Runtime opens it, which names no file in errors and blocks on a named pipe.
/// </summary>
internal static class GraphFile
{
    /// <summary>A prefix of a path that has no meaning.</summary>
    private const string Here = "./";

    /// <summary>Checks the file and the files that it says its weights are in.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The paths of the latter, and the same paths as written in the graph, in order.</returns>
    /// <exception cref="ModelFormatException">
    ///   It is not an ONNX graph, or one of the files is not a regular file of its folder.
    /// </exception>
    public static List<(string Path, string Name)> FindData(string path)
    {
        using var graph = new MappedFile(path);

        // A graph is a Protocol Buffers message, which may not be larger.
        if (graph.Length > int.MaxValue)
        {
            throw new ModelFormatException(
                $"{graph.Name} is larger than 2 GiB, the limit for an ONNX graph. Export the model with its weights in files "
                + "next to the graph.");
        }

        IReadOnlyCollection<string> places = ExternalData.Find(graph.Bytes(0, (int)graph.Length))
            ?? throw new ModelFormatException(
                $"{graph.Name} is not an ONNX graph, or is damaged or cut short."
                + FileStart.Describe(graph.Head(FileFormat.StartLength)));
        string folder = Path.GetDirectoryName(path)!;
        return [.. places.Select(place => Check(folder, place, graph.Name))];
    }

    private static (string Path, string Name) Check(string folder, string place, string graphName)
    {
        string name = place.StartsWith(Here, StringComparison.Ordinal) ? place[Here.Length..] : place;
        if (!FileNameRule.IsPlainPath(name))
        {
            throw new ModelFormatException(
                $"{graphName} says that its weights are in {MessageText.Quote(place)}, which is not a path in its folder. "
                + "Export the model again.");
        }

        string path = Path.Combine(folder, name.Replace('/', Path.DirectorySeparatorChar));
        using SafeFileHandle handle = RegularFile.Open(path);
        Span<byte> start = stackalloc byte[FileFormat.StartLength];
        FileStart.RefuseStandIns(name, start[..RandomAccess.Read(handle, start, 0)]);
        return (path, name);
    }
}
