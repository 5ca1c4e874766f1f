using System.Text;
using CodeEmbed.Onnx.Checkpoints;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>
///   The file of an ONNX graph, looked at before ONNX Runtime opens it: it names no file and waits for ever on a named pipe.
/// </summary>
internal static class GraphFile
{
    /// <summary>The field of a ModelProto that holds the graph: see onnx.proto.</summary>
    private const int GraphField = 7;

    /// <summary>Checks the file and finds the files of external data: those beside it whose paths stand in it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Their paths, and their names as the graph has them, in order.</returns>
    /// <exception cref="ModelFormatException">It is no ONNX graph, or one of the files is not a regular file.</exception>
    public static List<(string Path, string Name)> FindData(string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        using var graph = new MappedFile(path);

        // No message of Protocol Buffers, which a graph is, may be larger.
        if (graph.Length > int.MaxValue)
        {
            throw new ModelFormatException(
                $"{graph.Name} is larger than 2 GiB, which no ONNX graph may be. Export the model with its weights in files "
                + "beside the graph.");
        }

        ReadOnlySpan<byte> bytes = graph.Bytes(0, (int)graph.Length);
        if (!HoldsGraph(bytes))
        {
            throw new ModelFormatException(
                $"{graph.Name} is no ONNX graph, or is damaged or cut short.{FileStart.Describe(graph.Head(FileFormat.StartLength))}");
        }

        var found = new List<(string, string)>();
        foreach (
            string file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(file => file != path).Order(
                StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(folder, file).Replace('\\', '/');
            if (bytes.IndexOf(Encoding.UTF8.GetBytes(name)) < 0)
                continue;

            CheckData(file, name);
            found.Add((file, name));
        }

        return found;
    }

    private static void CheckData(string path, string name)
    {
        using SafeFileHandle handle = RegularFile.Open(path);
        Span<byte> head = stackalloc byte[FileFormat.StartLength];
        FileStart.RefuseStandIns(name, head[..RandomAccess.Read(handle, head, 0)]);
    }

    /// <summary>Whether the outermost message of Protocol Buffers is whole and has a graph in it.</summary>
    private static bool HoldsGraph(ReadOnlySpan<byte> bytes)
    {
        bool hasGraph = false;
        while (bytes.Length > 0)
        {
            if (!TryTakeNumber(ref bytes, out ulong tag))
                return false;

            // The kinds of a field: a number, 8 bytes, bytes with their length before them, 4 bytes.
            ulong length = (tag & 7) switch { 1 => 8, 5 => 4, _ => 0 };
            if ((tag & 7) is not (0 or 1 or 2 or 5) || ((tag & 7) is 0 or 2 && !TryTakeNumber(ref bytes, out length)))
                return false;

            if ((tag & 7) == 0)
                length = 0;

            if (length > (ulong)bytes.Length)
                return false;

            bytes = bytes[(int)length..];
            hasGraph |= tag == ((GraphField << 3) | 2);
        }

        return hasGraph;
    }

    /// <summary>Takes a number of 7 bits a byte, the lowest first.</summary>
    private static bool TryTakeNumber(ref ReadOnlySpan<byte> bytes, out ulong number)
    {
        const int longest = 10;
        number = 0;
        for (int i = 0; i < Math.Min(longest, bytes.Length); i++)
        {
            number |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
