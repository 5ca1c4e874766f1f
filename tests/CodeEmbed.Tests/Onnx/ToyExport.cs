using System.Runtime.InteropServices;
using CodeEmbed.ModelFiles;
using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   The smallest ONNX export: an embedding table, whose rows are in a file next to the graph, indexed by input_ids.
/// </summary>
internal static class ToyExport
{
    /// <summary>The width of a row.</summary>
    public const int Width = 2;

    /// <summary>Types of elements, from onnx.proto.</summary>
    public const int Int32Type = 6, Int64Type = 7;

    private const int FloatType = 1;

    /// <summary>Writes the graph and its data.</summary>
    /// <param name="path">The graph's file; the data is next to it, if its name is a valid file name.</param>
    /// <param name="rows">The number of rows in the table. The row of id i is (i, -i, i, …).</param>
    /// <param name="input">The name of the input.</param>
    /// <param name="output">The name of the output.</param>
    /// <param name="data">The location of the data according to the graph.</param>
    /// <param name="row">The shape of a row; by default, one dimension of <see cref="Width"/>.</param>
    public static void Write(
        string path,
        int rows,
        string input = "input_ids",
        string output = "last_hidden_state",
        string data = "model.onnx_data",
        params int[] row)
    {
        row = row.Length == 0 ? [Width] : row;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        int width = row.Aggregate((product, size) => product * size);
        float[] table = [.. Enumerable.Range(0, rows)
            .SelectMany(id => Enumerable.Range(0, width).Select(place => place % 2 == 0 ? (float)id : -id))];
        if (FileNameRule.IsPlain(Path.GetFileName(data)))
        {
            File.WriteAllBytes(
                Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileName(data)),
                MemoryMarshal.AsBytes<float>(table).ToArray());
        }

        ProtoMessage weights = row.Aggregate(new ProtoMessage().Add(1, rows), (message, size) => message.Add(1, size))
            .Add(2, FloatType)
            .Add(8, "table")
            .Add(13, new ProtoMessage().Add(1, "location").Add(2, data)).Add(14, 1);
        ProtoMessage node = new ProtoMessage().Add(1, "table").Add(1, input).Add(2, output).Add(4, "Gather");
        ProtoMessage graph = new ProtoMessage().Add(1, node).Add(2, "toy").Add(5, weights)
            .Add(11, Value(input, Int64Type, rank: 2)).Add(12, Value(output, FloatType, rank: 2 + row.Length));
        using ProtoMessage model = new ProtoMessage().Add(1, 9L).Add(7, graph).Add(
            8, new ProtoMessage().Add(1, string.Empty).Add(2, 17L));
        File.WriteAllBytes(path, model.ToArray());
    }

    /// <summary>Adds an input that the graph does not use: readers merge two consecutive graphs into one.</summary>
    /// <param name="path">The graph's file.</param>
    /// <param name="name">The name of the input.</param>
    /// <param name="type">Its type.</param>
    public static void AddInput(string path, string name, ProtoMessage type)
    {
        using ProtoMessage model = new ProtoMessage().Add(
            7, new ProtoMessage().Add(11, new ProtoMessage().Add(1, name).Add(2, type)));
        File.AppendAllBytes(path, model.ToArray());
    }

    /// <summary>The type of a tensor.</summary>
    /// <param name="type">The type of its elements.</param>
    /// <param name="dimensions">The names of its dimensions.</param>
    public static ProtoMessage TensorOf(int type, params IEnumerable<string> dimensions)
    {
        var shape = new ProtoMessage();
        foreach (string dimension in dimensions)
            shape.Add(1, new ProtoMessage().Add(2, dimension));

        return new ProtoMessage().Add(1, new ProtoMessage().Add(1, type).Add(2, shape));
    }

    /// <summary>The type of a sequence of tensors.</summary>
    /// <param name="type">The type of their elements.</param>
    public static ProtoMessage SequenceOf(int type) => new ProtoMessage().Add(4, new ProtoMessage().Add(1, TensorOf(type)));

    private static ProtoMessage Value(string name, int type, int rank) => new ProtoMessage().Add(1, name).Add(
        2, TensorOf(type, Enumerable.Range(0, rank).Select(i => $"{name}{i}")));
}
