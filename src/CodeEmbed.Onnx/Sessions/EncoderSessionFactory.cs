using System.Numerics.Tensors;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Weights;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>Makes a session on the device that was asked for, or on the first that works.</summary>
/// <param name="config">The architecture.</param>
/// <param name="weights">The weights.</param>
/// <param name="threads">How many threads a run uses; 0 for ONNX Runtime's choice.</param>
/// <param name="trial">
///   A short sequence that a device must be able to run before it is chosen, and that must give there what it gives on the processor.
/// </param>
internal sealed class EncoderSessionFactory(RobertaConfig config, RobertaWeights weights, int threads, long[] trial)
{
    /// <summary>How far a vector may be from the one that the processor computes.</summary>
    private const float LargestDifference = 1e-5f;

    /// <summary>Makes the session.</summary>
    /// <exception cref="ModelFormatException">The device cannot be had.</exception>
    public DeviceChoice Create(EmbeddingDevice device, CancellationToken cancellationToken) =>
        device == EmbeddingDevice.Auto ? CreateFirst(cancellationToken) : CreateOn(device, cancellationToken);

    private DeviceChoice CreateFirst(CancellationToken cancellationToken)
    {
        var passedOver = new List<string>();
        string? warning = null;
        foreach (ExecutionProvider provider in ExecutionProvider.InOrder)
        {
            if (TryCreate(provider, cancellationToken, out string problem) is { } session)
            {
                string reason = passedOver.Count == 0 ? "it is the first choice" : string.Join("; ", passedOver);
                return new DeviceChoice(session, provider.Device, reason, warning);
            }

            passedOver.Add($"{provider.Device}: {problem}");
            if (provider == ExecutionProvider.Cuda && provider.IsInThisBuild && NvidiaGpu.IsPresent())
                warning = $"This machine has an NVIDIA GPU, and it is not used: {problem}.";
        }

        throw new ModelFormatException($"no device can run it. {string.Join("; ", passedOver)}.");
    }

    private DeviceChoice CreateOn(EmbeddingDevice device, CancellationToken cancellationToken)
    {
        ExecutionProvider provider = ExecutionProvider.InOrder.Single(provider => provider.Device == device);
        EncoderSession session = TryCreate(provider, cancellationToken, out string problem)
            ?? throw new ModelFormatException($"the device {device} cannot be used: {problem}. Use another device, or Auto.");
        return new DeviceChoice(session, device, "it was asked for", null);
    }

    private EncoderSession? TryCreate(ExecutionProvider provider, CancellationToken cancellationToken, out string problem)
    {
        problem = "this build of ONNX Runtime does not have it";
        if (!provider.IsInThisBuild)
            return null;

        EncoderSession? session = null;
        try
        {
            session = EncoderSession.Create(config, weights, provider, threads, cancellationToken);
            float[] vector = RunTrial(session, cancellationToken);
            if (provider == ExecutionProvider.Cpu || IsNear(vector, cancellationToken))
                return session;

            session.Dispose();
            problem = "it computes other numbers than the processor";
            return null;
        }
        catch (OnnxRuntimeException e)
        {
            session?.Dispose();
            problem = OrtMessage.Describe(e);
            return null;
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    private bool IsNear(float[] vector, CancellationToken cancellationToken)
    {
        using EncoderSession processor = EncoderSession.Create(config, weights, ExecutionProvider.Cpu, threads, cancellationToken);
        return TensorPrimitives.Distance<float>(vector, RunTrial(processor, cancellationToken)) <= LargestDifference;
    }

    private float[] RunTrial(EncoderSession session, CancellationToken cancellationToken)
    {
        using OrtValue state = session.Run(trial, RobertaPositions.Count(trial, config.PaddingId), cancellationToken);
        float[] vector = MeanPooling.Pool(state.GetTensorDataAsSpan<float>(), config.HiddenSize);
        MeanPooling.Normalize(vector);
        return vector;
    }
}
