using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.OnnxFormat;

/// <summary>Writes an ONNX model: nodes, inputs, outputs and initializers, as defined in onnx/onnx.proto.</summary>
/// <param name="prefix">The prefix of generated names: in a subgraph they must differ from those in the graph around it.</param>
internal sealed class OnnxGraphBuilder(string prefix = "")
{
    private const int IrVersion = 9, OnnxOpset = 17, MicrosoftOpset = 1;
    private const string MicrosoftDomain = "com.microsoft";
    private const int FloatAttribute = 1, IntAttribute = 2, GraphAttribute = 5, IntsAttribute = 7;
    private const int ExternalData = 1;

    private readonly ProtoMessage _graph = new ProtoMessage().Add(2, "encoder");
    private int _values, _subgraphs;

    /// <summary>Declares an input with dimensions of any length.</summary>
    public string Input(string name, TensorElementType type, int rank)
    {
        _graph.Add(11, ValueInfo(name, type, rank));
        return name;
    }

    /// <summary>Declares a value as an output: float32, with dimensions of any length.</summary>
    public void Output(string name, int rank = 2) => _graph.Add(12, ValueInfo(name, TensorElementType.Float, rank));

    /// <summary>Starts a subgraph, which becomes an attribute of a node in this graph and may use this graph's values.</summary>
    public OnnxGraphBuilder Subgraph() => new($"{prefix}Graph_{_subgraphs++}/");

    /// <summary>Declares the first input of a Loop's body: the number of iterations so far.</summary>
    public string LoopNumber() => SubgraphInput("number", name => ValueInfo(name, TensorElementType.Int64, 0));

    /// <summary>Declares the second input of a Loop's body: whether to run it.</summary>
    public string LoopCondition() => SubgraphInput("condition", name => ValueInfo(name, TensorElementType.Bool, 0));

    /// <summary>Declares an input of a Loop's body that is a sequence of matrices.</summary>
    public string SequenceInput() => SubgraphInput("sequence", SequenceInfo);

    /// <summary>Declares a value as the first output of a Loop's body: whether to run it again.</summary>
    public void ConditionOutput(string name) => _graph.Add(12, ValueInfo(name, TensorElementType.Bool, 0));

    /// <summary>Declares a value as an output that is a sequence of matrices.</summary>
    public void SequenceOutput(string name) => _graph.Add(12, SequenceInfo(name));

    /// <summary>Adds an initializer of int64 with its data.</summary>
    public string Constant(string name, params long[] values)
    {
        ProtoMessage tensor = new ProtoMessage().Add(1, values.Length).Add(2, Number(TensorElementType.Int64)).Add(8, name)
            .Add(9, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        _graph.Add(5, tensor);
        return name;
    }

    /// <summary>Adds an initializer of int64, under a generated name.</summary>
    public string Integers(params long[] values) => Constant(NextName("Integers"), values);

    /// <summary>Adds an initializer of float32, under a generated name.</summary>
    /// <param name="values">The numbers, row by row.</param>
    /// <param name="shape">Their shape.</param>
    public string Floats(float[] values, params long[] shape)
    {
        string name = NextName("Floats");
        ProtoMessage tensor = shape.Aggregate(new ProtoMessage(), (message, size) => message.Add(1, size))
            .Add(2, Number(TensorElementType.Float)).Add(8, name)
            .Add(9, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        _graph.Add(5, tensor);
        return name;
    }

    /// <summary>Adds an initializer of float16, under a generated name.</summary>
    /// <param name="values">The numbers, row by row, which will be rounded.</param>
    /// <param name="shape">Their shape.</param>
    public string Halves(float[] values, params long[] shape)
    {
        string name = NextName("Halves");
        Half[] halves = [.. values.Select(value => (Half)value)];
        ProtoMessage tensor = shape.Aggregate(new ProtoMessage(), (message, size) => message.Add(1, size))
            .Add(2, Number(TensorElementType.Float16)).Add(8, name)
            .Add(9, MemoryMarshal.AsBytes(halves.AsSpan()).ToArray());
        _graph.Add(5, tensor);
        return name;
    }

    /// <summary>Adds an initializer that is one float32, under a generated name.</summary>
    public string Scalar(float value) => Scalar(NextName("Scalar"), value);

    /// <summary>Adds an initializer that is one int64, under a generated name.</summary>
    public string Scalar(long value) => Scalar(NextName("Scalar"), value);

    /// <summary>Reshapes a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="shape">The shape; one size may be -1, and is then inferred.</param>
    public string Reshape(string value, params long[] shape) => Node("Reshape", [value, Integers(shape)]);

    /// <summary>Adds an initializer that is one float32.</summary>
    public string Scalar(string name, float value) => Scalar(name, TensorElementType.Float, BitConverter.GetBytes(value));

    /// <summary>Adds an initializer that is one int64.</summary>
    public string Scalar(string name, long value) => Scalar(name, TensorElementType.Int64, BitConverter.GetBytes(value));

    /// <summary>Adds an initializer that is one uint8.</summary>
    public string Scalar(string name, byte value) => Scalar(name, TensorElementType.UInt8, [value]);

    /// <summary>Declares an initializer whose data is in another file.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="fileName">The file, next to the model.</param>
    /// <param name="offset">Where the data starts in it, in bytes.</param>
    /// <param name="length">The length of the data in bytes.</param>
    public string External(string name, TensorElementType type, long[] shape, string fileName, long offset, long length)
    {
        var tensor = new ProtoMessage();
        foreach (long size in shape)
            tensor.Add(1, size);

        tensor.Add(2, Number(type)).Add(8, name)
            .Add(13, Entry("location", fileName))
            .Add(13, Entry("offset", $"{offset}"))
            .Add(13, Entry("length", $"{length}"))
            .Add(14, ExternalData);
        _graph.Add(5, tensor);
        return name;
    }

    /// <summary>Adds a standard ONNX node; returns the name of its output.</summary>
    public string Node(string type, string[] inputs, params (string Name, object Value)[] attributes) =>
        AddNode(string.Empty, type, inputs, 1, attributes)[0];

    /// <summary>Adds a standard ONNX node with several outputs; returns their names.</summary>
    public string[] Nodes(string type, string[] inputs, int outputs, params (string Name, object Value)[] attributes) =>
        AddNode(string.Empty, type, inputs, outputs, attributes);

    /// <summary>Adds a node that is specific to ONNX Runtime; returns the name of its output.</summary>
    public string MicrosoftNode(string type, string[] inputs, params (string Name, object Value)[] attributes) =>
        AddNode(MicrosoftDomain, type, inputs, 1, attributes)[0];

    /// <summary>Completes the model.</summary>
    /// <param name="opset">The version of the ONNX standard for its nodes.</param>
    /// <returns>The bytes of the file.</returns>
    public byte[] Build(int opset = OnnxOpset)
    {
        using ProtoMessage model = new ProtoMessage().Add(1, IrVersion).Add(2, "CodeEmbed").Add(7, _graph)
            .Add(8, new ProtoMessage().Add(1, string.Empty).Add(2, opset))
            .Add(8, new ProtoMessage().Add(1, MicrosoftDomain).Add(2, MicrosoftOpset));
        return model.ToArray();
    }

    private string Scalar(string name, TensorElementType type, byte[] value)
    {
        _graph.Add(5, new ProtoMessage().Add(2, Number(type)).Add(8, name).Add(9, value));
        return name;
    }

    private string NextName(string type) => $"{prefix}{type}_{_values++}";

    private string[] AddNode(
        string domain, string type, string[] inputs, int outputCount, (string Name, object Value)[] attributes)
    {
        string[] outputs = [.. Enumerable.Range(0, outputCount).Select(_ => NextName(type))];
        var node = new ProtoMessage();
        foreach (string input in inputs)
            node.Add(1, input);

        foreach (string output in outputs)
            node.Add(2, output);

        node.Add(3, outputs[0]).Add(4, type).Add(7, domain);
        foreach ((string name, object value) in attributes)
            node.Add(5, Attribute(name, value));

        _graph.Add(1, node);
        return outputs;
    }

    private static ProtoMessage Attribute(string name, object value)
    {
        ProtoMessage attribute = new ProtoMessage().Add(1, name);
        return value switch
        {
            float number => attribute.Add(2, number).Add(20, FloatAttribute),
            int number => attribute.Add(3, number).Add(20, IntAttribute),
            OnnxGraphBuilder graph => attribute.Add(6, graph._graph).Add(20, GraphAttribute),
            long[] numbers => numbers.Aggregate(attribute, (message, number) => message.Add(8, number)).Add(20, IntsAttribute),
            _ => throw new ArgumentException($"An attribute cannot be a {value.GetType()}.", nameof(value)),
        };
    }

    private string SubgraphInput(string name, Func<string, ProtoMessage> declare)
    {
        string input = prefix + name;
        _graph.Add(11, declare(input));
        return input;
    }

    private static ProtoMessage ValueInfo(string name, TensorElementType type, int rank) =>
        new ProtoMessage().Add(1, name).Add(2, TensorType(name, type, rank));

    private static ProtoMessage SequenceInfo(string name) => new ProtoMessage().Add(1, name)
        .Add(2, new ProtoMessage().Add(4, new ProtoMessage().Add(1, TensorType(name, TensorElementType.Float, rank: 2))));

    private static ProtoMessage TensorType(string name, TensorElementType type, int rank)
    {
        var shape = new ProtoMessage();
        for (int i = 0; i < rank; i++)
            shape.Add(1, new ProtoMessage().Add(2, $"{name}_{i}"));

        return new ProtoMessage().Add(1, new ProtoMessage().Add(1, Number(type)).Add(2, shape));
    }

    /// <summary>The number of a type in onnx.proto's TensorProto.DataType, which is the same as in ONNX Runtime.</summary>
    private static long Number(TensorElementType type) => (long)type;

    private static ProtoMessage Entry(string key, string value) => new ProtoMessage().Add(1, key).Add(2, value);
}
