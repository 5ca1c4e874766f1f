using System.Diagnostics;
using System.Globalization;
using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.OnnxFormat;
using CodeEmbed.Onnx.Sessions;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Bench;

/// <summary>Measures kinds of attention, in the graphs of the encoders and with ONNX Runtime's own operators.</summary>
internal static class AttentionTimes
{
    private const int Heads = 12, Width = 768, Rounds = 5;

    /// <summary>The first version of the ONNX standard that has the operator Attention.</summary>
    private const int OpsetOfAttention = 23;

    private static readonly (string Name, Func<OnnxGraphBuilder, string, string> Attend)[] Kinds =
    [
        ("every token, flash attention", (builder, zero) => Encoder(builder, zero, new Attention(Heads))),
        ("every token, the standard operator Attention", (builder, zero) => Standard(builder, zero)),
        ("causal, the standard operator Attention", (builder, zero) => Standard(builder, zero, ("is_causal", 1))),
        ("causal, in blocks", (builder, zero) => Encoder(builder, zero, new Attention(Heads) { After = 0 })),
        ("causal, MultiHeadAttention with unidirectional", (builder, zero) => Operator(
            builder, zero, "MultiHeadAttention", [], ("num_heads", Heads), ("unidirectional", 1))),
        ("causal, GroupQueryAttention", (builder, zero) => Operator(
            builder, zero, "GroupQueryAttention", Lengths(builder, zero), ("num_heads", Heads), ("kv_num_heads", Heads))),
        ("64 tokens to each side, in blocks", (builder, zero) => Encoder(
            builder, zero, new Attention(Heads) { Before = 64, After = 64 })),
        ("ALiBi, in blocks", (builder, zero) => Encoder(builder, zero, new Attention(Heads) { IsAlibi = true })),
    ];

    /// <summary>Measures, and prints one line per kind: its name and the milliseconds for each length.</summary>
    /// <param name="lengths">The lengths, in tokens.</param>
    public static void Measure(string[] lengths)
    {
        _ = OrtRuntime.Environment;
        foreach ((string name, Func<OnnxGraphBuilder, string, string> attend) in Kinds)
        {
            var builder = new OnnxGraphBuilder();
            foreach (string input in (string[])["query", "key", "value"])
                builder.Input(input, TensorElementType.Float, rank: 2);

            builder.Output(attend(builder, builder.Constant("zero", 0)));
            using SessionOptions options = EncoderRun.MakeOptions();
            using var session = new InferenceSession(builder.Build(OpsetOfAttention), options);
            IEnumerable<string> times = lengths.Select(
                length => $"{Time(session, int.Parse(length, CultureInfo.InvariantCulture)):0.00}");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {string.Join(", ", times)} ms"));
        }
    }

    private static string Encoder(OnnxGraphBuilder builder, string zero, Attention attention) =>
        new SelfAttention(new Graph(builder, new Dictionary<string, GraphWeight>()), zero).Attend(
            builder, new("query", Width), new("key", Width), new("value", Width), bias: null, attention);

    private static string Standard(
        OnnxGraphBuilder builder, string zero, params (string Name, object Value)[] attributes)
    {
        string Batch(string rows) => builder.Node("Unsqueeze", [rows, zero]);
        string context = builder.Node(
            "Attention",
            [Batch("query"), Batch("key"), Batch("value")],
            [("q_num_heads", Heads), ("kv_num_heads", Heads), .. attributes]);
        return builder.Node("Squeeze", [context, zero]);
    }

    private static string Operator(
        OnnxGraphBuilder builder, string zero, string type, string[] more, params (string Name, object Value)[] attributes)
    {
        string Batch(string rows) => builder.Node("Unsqueeze", [rows, zero]);
        string context = builder.MicrosoftNode(type, [Batch("query"), Batch("key"), Batch("value"), .. more], attributes);
        return builder.Node("Squeeze", [context, zero]);
    }

    /// <summary>The other inputs of GroupQueryAttention: no earlier keys and values, the last position, and the length.</summary>
    private static string[] Lengths(OnnxGraphBuilder builder, string zero)
    {
        string length = builder.Node("Shape", ["query"], ("start", 0), ("end", 1));
        string last = builder.Node("Sub", [length, builder.Integers(1)]);
        string Integer(string value) => builder.Node("Cast", [value], ("to", (int)TensorElementType.Int32));
        return [string.Empty, string.Empty, Integer(last), Integer(builder.Node("Squeeze", [length, zero]))];
    }

    /// <summary>The median of several runs, in milliseconds.</summary>
    private static double Time(InferenceSession session, int length)
    {
        var random = new Random(1);
        float[] rows = [.. Enumerable.Range(0, length * Width).Select(_ => (random.NextSingle() * 2) - 1)];
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(rows, [length, Width]);
        double[] times = new double[Rounds];
        for (int round = -1; round < Rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            foreach (OrtValue output in EncoderRun.Run(
                session, ["query", "key", "value"], [value, value, value], session.OutputNames, CancellationToken.None))
                output.Dispose();

            // The first run is a warm-up.
            if (round >= 0)
                times[round] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        return times.Order().ElementAt(Rounds / 2);
    }
}
