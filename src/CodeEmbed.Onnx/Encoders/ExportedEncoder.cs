using CodeEmbed.Errors;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Sessions;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>A graph exported by another program, with the usual names for its inputs and outputs.</summary>
internal sealed class ExportedEncoder : IEncoder
{
    private const string Ids = "input_ids", Mask = "attention_mask", TokenTypes = "token_type_ids", Positions = "position_ids";
    private const string HiddenState = "last_hidden_state", Vector = "sentence_embedding";

    /// <summary>
    ///   The fusions of ONNX Runtime whose kernels on the processor are slower than those of the separate operators.
    /// </summary>
    private const string FusionsSlowOnProcessor = "BiasGeluFusion;SkipLayerNormFusion";

    private readonly InferenceSession _session;
    private readonly ConfigSummary _config;
    private readonly string _output;

    private ExportedEncoder(InferenceSession session, ConfigSummary config)
    {
        _session = session;
        _config = config;
        string[] outputs = [HiddenState, Vector];
        _output = outputs.FirstOrDefault(session.OutputMetadata.ContainsKey)
            ?? throw new ModelFormatException(
                $"the ONNX export gives {MessageText.Shorten(string.Join(", ", session.OutputNames))}; supported: "
                + $"{string.Join(", ", outputs)}.");
        Check();
    }

    /// <inheritdoc/>
    public bool IsPooled => _output == Vector;

    /// <summary>Whether a run can take several sequences: it has a mask, and sizes that are not fixed.</summary>
    public bool TakesPaddedBatches => _session.InputMetadata.ContainsKey(Mask)
        && _session.InputMetadata.Values.All(input => input.Dimensions is [< 0, < 0]);

    /// <summary>Makes an encoder.</summary>
    /// <param name="path">The graph's file.</param>
    /// <param name="config">How its positions are counted.</param>
    /// <param name="provider">What runs the graph.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OnnxRuntimeException">The provider cannot run the graph.</exception>
    /// <exception cref="ModelFormatException">The graph's inputs or outputs are not supported.</exception>
    public static ExportedEncoder Create(
        string path, ConfigSummary config, ExecutionProvider provider, CancellationToken cancellationToken)
    {
        _ = OrtRuntime.Environment;
        using SessionOptions options = EncoderRun.MakeOptions();
        provider.Append(options);

        // Exported graphs have operations on shapes, which ONNX Runtime runs on the processor whatever the device.
        options.AddSessionConfigEntry(ExecutionProvider.DisableFallback, "0");
        if (provider.UsesProcessorMemory)
            options.AddSessionConfigEntry("optimization.disable_specified_optimizers", FusionsSlowOnProcessor);

        InferenceSession session = EncoderRun.Load(path, options, cancellationToken);
        try
        {
            return new ExportedEncoder(session, config);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ModelFormatException">The output is neither a hidden state nor a vector.</exception>
    public EncoderOutput Run(IReadOnlyList<long[]> sequences, int skipped, CancellationToken cancellationToken) =>
        RunTogether([sequences.Single()], cancellationToken);

    /// <summary>Runs it for a padded batch; only if <see cref="TakesPaddedBatches"/>.</summary>
    /// <param name="sequences">The token ids of each sequence.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <exception cref="ModelFormatException">The output is neither hidden states nor vectors.</exception>
    /// <exception cref="OnnxRuntimeException">The run fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public EncoderOutput RunTogether(IReadOnlyList<long[]> sequences, CancellationToken cancellationToken)
    {
        var padded = new PaddedBatch(sequences, sequences.Max(ids => ids.Length), _config.Positions);
        var inputs = new List<OrtValue>();
        try
        {
            foreach (string name in _session.InputNames)
                inputs.Add(MakeInput(name, padded));

            OrtValue output = EncoderRun.Run(_session, _session.InputNames, inputs, [_output], cancellationToken)[0];
            CheckShape(output, padded);
            return new EncoderOutput(output) { RowsPerSequence = IsPooled ? 1 : padded.Longest };
        }
        finally
        {
            foreach (OrtValue input in inputs)
                input.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private void Check()
    {
        foreach ((string name, NodeMetadata input) in _session.InputMetadata)
        {
            if (name is not (Ids or Mask or TokenTypes or Positions))
            {
                throw new ModelFormatException(
                    $"the ONNX export requires the input {MessageText.Quote(name)}; supported: {Ids}, {Mask}, {TokenTypes} and "
                    + $"{Positions}.");
            }

            if (!input.IsTensor || input.ElementDataType is not (TensorElementType.Int64 or TensorElementType.Int32))
            {
                throw new ModelFormatException(
                    $"the input '{name}' of the ONNX export is {Describe(input)}; supported: Int64, Int32.");
            }
        }

        NodeMetadata output = _session.OutputMetadata[_output];
        if (!output.IsTensor || output.ElementDataType != TensorElementType.Float)
        {
            throw new ModelFormatException(
                $"the output '{_output}' of the ONNX export is {Describe(output)}, and must be Float.");
        }
    }

    private static string Describe(NodeMetadata value) =>
        value.IsTensor ? $"{value.ElementDataType}" : "not a tensor";

    /// <summary>Checks the shape at run time: a graph's output may have another shape than it declares.</summary>
    private void CheckShape(OrtValue output, PaddedBatch padded)
    {
        long[] shape = output.GetTensorTypeAndShape().Shape;
        long[] before = IsPooled ? [padded.Count] : [padded.Count, padded.Longest];
        if (shape.Length == before.Length + 1 && shape.AsSpan().StartsWith(before) && shape[^1] > 0)
            return;

        output.Dispose();
        throw new ModelFormatException(
            $"the output '{_output}' of the ONNX export has the shape [{MessageText.Shorten(string.Join(", ", shape))}], and "
            + $"must be [{string.Join(", ", before)}, width].");
    }

    /// <summary>One input, [sequences, longest].</summary>
    private OrtValue MakeInput(string name, PaddedBatch padded)
    {
        long[] values = name switch
        {
            Ids => padded.Ids(),
            Mask => padded.Mask(),
            TokenTypes => new long[padded.Count * padded.Longest],
            _ => padded.Positions(),
        };
        long[] shape = [padded.Count, padded.Longest];
        return _session.InputMetadata[name].ElementDataType == TensorElementType.Int64
            ? OrtValue.CreateTensorValueFromMemory(values, shape)
            : OrtValue.CreateTensorValueFromMemory([.. values.Select(value => Narrow(name, value))], shape);
    }

    private static int Narrow(string name, long value) => value <= int.MaxValue
        ? (int)value
        : throw new ModelFormatException(
            $"the input '{name}' of the ONNX export is Int32, and {value} is too large for it. Check pad_token_id in "
            + $"{ModelFileNames.Config}.");
}
