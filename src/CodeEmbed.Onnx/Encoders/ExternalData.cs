using System.Text;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>Reads from an ONNX graph which files hold its weights. onnx.proto defines the messages and fields.</summary>
internal sealed class ExternalData
{
    /// <summary>How deeply messages may be nested: the limit of Protocol Buffers readers.</summary>
    private const int MaxDepth = 100;

    private const int EntriesField = 13, PlaceField = 14, External = 1;

    private const int KeyField = 1, ValueField = 2;

    /// <summary>The fields that can contain a tensor.</summary>
    private static readonly Dictionary<(Message Of, int Field), Message> Parts = new()
    {
        [(Message.Model, 7)] = Message.Graph,
        [(Message.Model, 25)] = Message.Function,
        [(Message.Graph, 1)] = Message.Node,
        [(Message.Graph, 5)] = Message.Tensor,
        [(Message.Graph, 15)] = Message.SparseTensor,
        [(Message.Function, 7)] = Message.Node,
        [(Message.Function, 11)] = Message.Attribute,
        [(Message.Node, 5)] = Message.Attribute,
        [(Message.Attribute, 5)] = Message.Tensor,
        [(Message.Attribute, 6)] = Message.Graph,
        [(Message.Attribute, 10)] = Message.Tensor,
        [(Message.Attribute, 11)] = Message.Graph,
        [(Message.Attribute, 22)] = Message.SparseTensor,
        [(Message.Attribute, 23)] = Message.SparseTensor,
        [(Message.SparseTensor, 1)] = Message.Tensor,
        [(Message.SparseTensor, 2)] = Message.Tensor,
    };

    private readonly SortedSet<string> _places = new(StringComparer.Ordinal);
    private bool _hasGraph;

    private enum Message
    {
        Model,
        Graph,
        Function,
        Node,
        Attribute,
        Tensor,
        SparseTensor,
    }

    /// <summary>Finds the files of a graph.</summary>
    /// <param name="model">The graph's own file.</param>
    /// <returns>
    ///   Their paths as the graph has them, in order; <see langword="null"/> if the file is not a graph or is cut short.
    /// </returns>
    public static IReadOnlyCollection<string>? Find(ReadOnlySpan<byte> model)
    {
        var found = new ExternalData();
        return found.Visit(model, Message.Model, depth: 0) && found._hasGraph ? found._places : null;
    }

    /// <summary>Reads a message.</summary>
    /// <returns>Whether it is complete.</returns>
    private bool Visit(ReadOnlySpan<byte> bytes, Message message, int depth)
    {
        if (depth > MaxDepth)
            return false;

        if (message == Message.Tensor)
            return VisitTensor(bytes);

        while (bytes.Length > 0)
        {
            if (!TryTakeField(ref bytes, out int field, out _, out ReadOnlySpan<byte> content))
                return false;

            if (!Parts.TryGetValue((message, field), out Message part))
                continue;

            _hasGraph |= part == Message.Graph;
            if (!Visit(content, part, depth + 1))
                return false;
        }

        return true;
    }

    private bool VisitTensor(ReadOnlySpan<byte> bytes)
    {
        string? place = null;
        bool isExternal = false;
        while (bytes.Length > 0)
        {
            if (!TryTakeField(ref bytes, out int field, out ulong number, out ReadOnlySpan<byte> content))
                return false;

            if (field == PlaceField)
                isExternal = number == External;
            else if (field == EntriesField && !TryReadEntry(content, ref place))
                return false;
        }

        if (isExternal && place is not null)
            _places.Add(place);

        return true;
    }

    /// <summary>Reads a key and its value; keeps the one with the location of the data.</summary>
    private static bool TryReadEntry(ReadOnlySpan<byte> bytes, ref string? place)
    {
        scoped ReadOnlySpan<byte> key = default, value = default;
        while (bytes.Length > 0)
        {
            if (!TryTakeField(ref bytes, out int field, out _, out ReadOnlySpan<byte> content))
                return false;

            if (field == KeyField)
                key = content;
            else if (field == ValueField)
                value = content;
        }

        if (key.SequenceEqual("location"u8))
            place = Encoding.UTF8.GetString(value);

        return true;
    }

    /// <summary>Reads a field from a message.</summary>
    /// <param name="bytes">The rest of the message.</param>
    /// <param name="field">The field's number.</param>
    /// <param name="number">Its value if it is an integer, else 0.</param>
    /// <param name="content">Its value if that is bytes, text or a message, else empty.</param>
    private static bool TryTakeField(
        ref ReadOnlySpan<byte> bytes, out int field, out ulong number, out ReadOnlySpan<byte> content)
    {
        content = default;
        (field, number) = (0, 0);
        if (!TryTakeNumber(ref bytes, out ulong tag) || tag >> 3 > int.MaxValue)
            return false;

        field = (int)(tag >> 3);
        ulong length;
        switch (tag & 7)
        {
            case 0:
                return TryTakeNumber(ref bytes, out number);
            case 1:
                length = sizeof(ulong);
                break;
            case 2 when TryTakeNumber(ref bytes, out length):
                break;
            case 5:
                length = sizeof(uint);
                break;
            default:
                return false;
        }

        if (length > (ulong)bytes.Length)
            return false;

        content = (tag & 7) == 2 ? bytes[..(int)length] : default;
        bytes = bytes[(int)length..];
        return true;
    }

    /// <summary>Reads a number with 7 bits per byte, lowest bits first.</summary>
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
