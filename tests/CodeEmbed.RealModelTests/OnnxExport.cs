using Google.Protobuf;

namespace CodeEmbed.RealModelTests;

/// <summary>An ONNX export of a BERT model, as PyTorch writes it. onnx.proto defines its messages and fields.</summary>
internal sealed class OnnxExport
{
    private const int Float = 1;

    private static readonly string[] Modules = ["embeddings.", "encoder."];

    private readonly Dictionary<string, (int Type, int[] Shape, ByteString Data)> _initializers = [];
    private readonly List<(string[] Inputs, string Output, string Type)> _nodes = [];

    /// <summary>Reads an export.</summary>
    /// <param name="model">The bytes of its file.</param>
    public OnnxExport(byte[] model)
    {
        ByteString graph = Fields(UnsafeByteOperations.UnsafeWrap(model)).Single(field => field.Number == 7).Bytes;
        foreach ((int number, _, ByteString bytes) in Fields(graph))
        {
            if (number == 1)
                AddNode(bytes);
            else if (number == 5)
                AddInitializer(bytes);
        }
    }

    /// <summary>The weights by their names in BertModel, in the order of the names.</summary>
    /// <remarks>
    ///   The matrix of a product is transposed and has no name in the export; the bias that is added to the product provides the
    ///   name.
    /// </remarks>
    public SortedDictionary<string, (int[] Shape, byte[] Data)> ReadWeights()
    {
        var weights = new SortedDictionary<string, (int[] Shape, byte[] Data)>(StringComparer.Ordinal);
        foreach ((string name, (int type, int[] shape, ByteString data)) in _initializers)
        {
            if (type == Float && Modules.Any(module => name.StartsWith(module, StringComparison.Ordinal)))
                weights.Add(name, (shape, data.ToByteArray()));
        }

        foreach ((string[] inputs, string output, string type) in _nodes)
        {
            if (type == "MatMul" && _initializers.TryGetValue(inputs[1], out (int Type, int[] Shape, ByteString Data) matrix))
            {
                (string[] added, _, _) = _nodes.Single(node => node.Type == "Add" && node.Inputs.Contains(output));
                string bias = added.Single(_initializers.ContainsKey);
                weights.Add(
                    bias[..^"bias".Length] + "weight",
                    ([matrix.Shape[1], matrix.Shape[0]], Transpose(matrix.Data.Span, matrix.Shape[0], matrix.Shape[1])));
            }
        }

        return weights;
    }

    private void AddNode(ByteString message)
    {
        (int Number, ulong Value, ByteString Bytes)[] fields = [.. Fields(message)];
        string[] Strings(int number) =>
            [.. fields.Where(field => field.Number == number).Select(field => field.Bytes.ToStringUtf8())];
        _nodes.Add((Strings(1), Strings(2)[0], Strings(4)[0]));
    }

    private void AddInitializer(ByteString message)
    {
        var shape = new List<int>();
        int type = 0;
        string name = string.Empty;
        ByteString data = ByteString.Empty;
        foreach ((int number, ulong value, ByteString bytes) in Fields(message))
        {
            switch (number)
            {
                case 1:
                    shape.Add((int)value);
                    break;
                case 2:
                    type = (int)value;
                    break;
                case 8:
                    name = bytes.ToStringUtf8();
                    break;
                case 9:
                    data = bytes;
                    break;
            }
        }

        _initializers.Add(name, (type, [.. shape], data));
    }

    private static IEnumerable<(int Number, ulong Value, ByteString Bytes)> Fields(ByteString message)
    {
        CodedInputStream input = message.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            int number = WireFormat.GetTagFieldNumber(tag);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.Varint:
                    yield return (number, input.ReadUInt64(), ByteString.Empty);
                    break;
                case WireFormat.WireType.LengthDelimited:
                    yield return (number, 0, input.ReadBytes());
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private static byte[] Transpose(ReadOnlySpan<byte> matrix, int rows, int columns)
    {
        byte[] transposed = new byte[matrix.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                matrix.Slice(((row * columns) + column) * sizeof(float), sizeof(float))
                    .CopyTo(transposed.AsSpan(((column * rows) + row) * sizeof(float)));
            }
        }

        return transposed;
    }
}
