using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.OnnxFormat;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The files that a graph names for its weights. The field numbers come from onnx.proto.</summary>
public sealed class ExternalDataTests
{
    private const int External = 1;

    /// <summary>The paths from a model down to a tensor, as field numbers, the outermost first.</summary>
    public static TheoryData<string> Ways { get; } =
    [
        "7.5",
        "7.15.1",
        "7.15.2",
        "7.1.5.5",
        "7.1.5.10",
        "7.1.5.22.1",
        "7.1.5.23.2",
        "7.1.5.6.5",
        "7.1.5.11.1.5.6.5",
    ];

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_tensor_is_found_anywhere(string way) =>
        Assert.Equal(["weights.bin"], Find([.. way.Split('.').Select(int.Parse)], Tensor("weights.bin")));

    [Fact]
    public void A_tensor_of_a_function_is_found()
    {
        using ProtoMessage model = new ProtoMessage().Add(7, new ProtoMessage()).Add(25, Wrap([7, 5, 5], Tensor("f.bin")));

        Assert.Equal(["f.bin"], ExternalData.Find(model.ToArray()));
    }

    [Fact]
    public void Each_file_is_named_once_and_in_order()
    {
        ProtoMessage graph = new ProtoMessage().Add(5, Tensor("b")).Add(5, Tensor("a")).Add(5, Tensor("b"));
        using ProtoMessage model = new ProtoMessage().Add(7, graph);

        Assert.Equal(["a", "b"], ExternalData.Find(model.ToArray()));
    }

    [Fact]
    public void A_tensor_in_the_graph_names_no_file() => Assert.Empty(Find([7, 5], Tensor("weights.bin", place: 0))!);

    [Fact]
    public void Other_entries_name_no_file()
    {
        ProtoMessage tensor = new ProtoMessage()
            .Add(13, Entry("offset", "0"))
            .Add(13, Entry("location", "w"))
            .Add(13, Entry("checksum", "x"))
            .Add(14, External);

        Assert.Equal(["w"], Find([7, 5], tensor));
    }

    [Fact]
    public void A_file_without_a_graph_is_invalid() => Assert.Null(ExternalData.Find([0x08, 0x09]));

    [Fact]
    public void A_graph_truncated_at_any_position_is_invalid()
    {
        using ProtoMessage model = Wrap([7, 1, 5, 5], Tensor("weights.bin"));
        byte[] whole = model.ToArray();

        Assert.All(Enumerable.Range(0, whole.Length), length => Assert.Null(ExternalData.Find(whole.AsSpan(0, length))));
    }

    [Fact]
    public void Endlessly_nested_graphs_are_invalid()
    {
        ProtoMessage inner = new();
        for (int i = 0; i < 1000; i++)
            inner = new ProtoMessage().Add(1, new ProtoMessage().Add(5, new ProtoMessage().Add(6, inner)));

        using ProtoMessage model = new ProtoMessage().Add(7, inner);

        Assert.Null(ExternalData.Find(model.ToArray()));
    }

    private static IReadOnlyCollection<string>? Find(int[] way, ProtoMessage tensor)
    {
        using ProtoMessage model = Wrap(way, tensor);
        return ExternalData.Find(model.ToArray());
    }

    private static ProtoMessage Wrap(int[] way, ProtoMessage inner) =>
        Enumerable.Reverse(way).Aggregate(inner, (message, field) => new ProtoMessage().Add(field, message));

    private static ProtoMessage Tensor(string location, int place = External) =>
        new ProtoMessage().Add(13, Entry("location", location)).Add(14, place);

    private static ProtoMessage Entry(string key, string value) => new ProtoMessage().Add(1, key).Add(2, value);
}
