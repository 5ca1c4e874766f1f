using System.Numerics.Tensors;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Pooling;
using CodeEmbed.Onnx.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Loading;

/// <summary>Creates an encoder on the requested device, or on the first one that works.</summary>
/// <param name="source">The encoder.</param>
/// <param name="head">How its output becomes a vector.</param>
/// <param name="findTrial">
///   Returns a short sequence that a device must be able to run before it is chosen, with the same result as on the processor.
///   It is called after the device has loaded the encoder.
/// </param>
/// <param name="gpu">Whether the machine has an NVIDIA GPU.</param>
/// <param name="precision">Float32, or Float16, which only a device that runs batches supports.</param>
internal sealed class EncoderChooser(
    IEncoderSource source,
    PoolingHead head,
    Func<long[]> findTrial,
    NvidiaGpu gpu,
    EmbeddingPrecision precision = EmbeddingPrecision.Float32)
{
    /// <summary>How far a vector may differ from the one that the processor computes, as a fraction of its length.</summary>
    private const float LargestDifference = 1e-5f;

    /// <summary>
    ///   The smallest cosine between the vectors in Float16 and in Float32: below it a device computes something else.
    /// </summary>
    private const float SmallestFloat16Cosine = 0.999f;

    /// <summary>Below this cosine between the vectors in Int8 and in Float32 the user is warned.</summary>
    private const float SmallestInt8Cosine = 0.99f;

    /// <summary>Why there is no encoder for batches, if none failed.</summary>
    private const string GraphTakesOne = "this model's graph does not accept batches";

    /// <summary>Creates the encoder.</summary>
    /// <exception cref="ModelFormatException">The device is not available.</exception>
    public DeviceChoice Create(EmbeddingDevice device, CancellationToken cancellationToken)
    {
        if (precision == EmbeddingPrecision.Float16)
            RequireDevice(device);

        return source.ProcessorOnly is { } reason ? CreateOnProcessor(device, reason, cancellationToken)
            : device == EmbeddingDevice.Auto ? CreateFirst(cancellationToken)
            : CreateOn(device, cancellationToken);
    }

    /// <summary>Creates the encoder on a provider, whatever the machine has: for tests and experiments.</summary>
    /// <exception cref="ModelFormatException">The provider cannot run it.</exception>
    public DeviceChoice CreateOn(ExecutionProvider provider, CancellationToken cancellationToken) =>
        TryCreate(provider, cancellationToken, out float[] vector, out string problem) is { } encoder
            ? new DeviceChoice(
                encoder, vector.Length, provider.Device, Explain("it was requested", provider, encoder, problem), null)
            : throw new ModelFormatException($"{provider.Name} cannot run it: {problem}.");

    /// <summary>Creates the encoder in 8-bit integers, which run on the processor.</summary>
    /// <param name="device">The requested device.</param>
    /// <param name="calibration">The token ids of a text on which the outlier channels are found.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ModelFormatException">The device is another, or the encoder does not have such a form.</exception>
    public DeviceChoice CreateInt8(EmbeddingDevice device, long[] calibration, CancellationToken cancellationToken)
    {
        if (device is not (EmbeddingDevice.Auto or EmbeddingDevice.Cpu))
        {
            throw new EmbeddingOptionException(
                nameof(EmbeddingServiceOptions.Precision),
                "Int8",
                $"runs on the processor only, not on the device {device}.",
                "Use the device Cpu or Auto, or the precision Float32.");
        }

        (IEncoder encoder, float[] state) = source.CreateInt8(calibration, cancellationToken);
        try
        {
            float[] expected = head.Pool(state, calibration.Length, promptTokens: 0);
            float[] vector = head.Embed(encoder, [calibration], promptTokens: 0, cancellationToken)[0];
            string reason = device == EmbeddingDevice.Cpu ? "it was requested" : "Int8 runs on the processor";
            return new DeviceChoice(encoder, vector.Length, EmbeddingDevice.Cpu, reason, FindInt8Warning(vector, expected));
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>Creates an encoder that runs only on the processor, without ONNX Runtime.</summary>
    private DeviceChoice CreateOnProcessor(EmbeddingDevice device, string reason, CancellationToken cancellationToken)
    {
        if (device is not (EmbeddingDevice.Auto or EmbeddingDevice.Cpu))
        {
            throw new EmbeddingOptionException(
                nameof(EmbeddingServiceOptions.Device), $"{device}", $"cannot be used: {reason}.", "Use the device Cpu or Auto.");
        }

        IEncoder encoder = source.Create(ExecutionProvider.Cpu, cancellationToken);
        try
        {
            int dimensions = head.Embed(encoder, [findTrial()], promptTokens: 0, cancellationToken)[0].Length;
            return new DeviceChoice(
                encoder,
                dimensions,
                EmbeddingDevice.Cpu,
                device == EmbeddingDevice.Cpu ? "it was requested" : reason,
                Warning: null);
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    private static string? FindInt8Warning(float[] vector, float[] expected)
    {
        float cosine = TensorPrimitives.CosineSimilarity<float>(vector, expected);

        // For a vector of length 0 the cosine is NaN, which does not count as a loss.
        if (!(cosine < SmallestInt8Cosine))
            return null;

        return FormattableString.Invariant(
            $"This model loses much in Int8: the vector of a sample of code has a cosine of {cosine:F4} to that in Float32, ")
            + FormattableString.Invariant($"and {SmallestInt8Cosine} is the usual minimum. ")
            + "Use the precision Float32, or compare results before you rely on it.";
    }

    private DeviceChoice CreateFirst(CancellationToken cancellationToken)
    {
        var passedOver = new List<string>();
        string? warning = null;
        foreach (ExecutionProvider provider in ExecutionProvider.InOrder)
        {
            if (precision == EmbeddingPrecision.Float16 && !provider.RunsPaddedBatches)
                continue;

            if (provider == ExecutionProvider.Cuda && !gpu.IsPresent())
            {
                passedOver.Add($"{provider.Device}: {CudaMessage.NoGpu}");
                continue;
            }

            if (TryCreate(provider, cancellationToken, out float[] vector, out string problem) is { } encoder)
            {
                string reason = passedOver.Count == 0 ? "it is the first choice" : string.Join("; ", passedOver);
                return new DeviceChoice(
                    encoder, vector.Length, provider.Device, Explain(reason, provider, encoder, problem), warning);
            }

            passedOver.Add($"{provider.Device}: {problem}");

            if (provider == ExecutionProvider.Cuda && CudaModule.OfThisMachine is not null)
            {
                warning = $"This machine has an NVIDIA GPU, but it is not used: {problem}. {CudaMessage.Remedy} "
                    + "With the device Cpu there is no such warning.";
            }
        }

        if (precision == EmbeddingPrecision.Float16)
        {
            throw new EmbeddingOptionException(
                nameof(EmbeddingServiceOptions.Precision),
                $"{precision}",
                $"needs a device that runs batches, but none can be used. {string.Join("; ", passedOver)}.",
                "Use the precision Float32.");
        }

        throw new ModelFormatException($"no device can run it. {string.Join("; ", passedOver)}.");
    }

    /// <summary>Refuses the combinations that Float16 does not support.</summary>
    private void RequireDevice(EmbeddingDevice device)
    {
        if (source.ProcessorOnly is { } reason)
        {
            throw new EmbeddingOptionException(
                nameof(EmbeddingServiceOptions.Precision),
                $"{precision}",
                $"is not available: {reason}.",
                "Use the precision Float32.");
        }

        if (device != EmbeddingDevice.Auto && !Provider(device).RunsPaddedBatches)
        {
            throw new EmbeddingOptionException(
                nameof(EmbeddingServiceOptions.Precision),
                $"{precision}",
                $"does not run on the device {device}.",
                "Use the device Cuda or Auto, or the precision Float32.");
        }
    }

    /// <summary>Adds to a reason why each snippet has its own run, if it has.</summary>
    /// <param name="reason">The reason.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="encoder">The encoder on it.</param>
    /// <param name="problem">Why an encoder for batches failed; empty if none failed.</param>
    private static string Explain(string reason, ExecutionProvider provider, IEncoder encoder, string problem)
    {
        if (!provider.RunsPaddedBatches || encoder is IPaddedBatchEncoder)
            return reason;

        string why = problem.Length > 0 ? $"a run of several does not work: {problem}" : GraphTakesOne;
        return $"{reason}; each snippet has its own run, because {why}";
    }

    private static ExecutionProvider Provider(EmbeddingDevice device) =>
        ExecutionProvider.InOrder.Single(provider => provider.Device == device);

    private DeviceChoice CreateOn(EmbeddingDevice device, CancellationToken cancellationToken)
    {
        ExecutionProvider provider = Provider(device);
        if (TryCreate(provider, cancellationToken, out float[] vector, out string problem) is { } encoder)
            return new DeviceChoice(
                encoder, vector.Length, device, Explain("it was requested", provider, encoder, problem), null);

        if (device == EmbeddingDevice.Cpu)
            throw new ModelFormatException($"the processor cannot run it: {problem}.");

        if (device == EmbeddingDevice.Cuda && !gpu.IsPresent())
            problem = $"{CudaMessage.NoGpu}. Besides, {problem}";

        throw new EmbeddingOptionException(
            nameof(EmbeddingServiceOptions.Device),
            $"{device}",
            $"cannot be used: {problem}.",
            "Use another device, or Auto, which takes the first that works.");
    }

    /// <summary>Creates the encoder on a provider.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <param name="vector">The vector of the trial.</param>
    /// <param name="problem">
    ///   Why it cannot be created. If each snippet has its own run, why an encoder for batches failed, if it did.
    /// </param>
    private IEncoder? TryCreate(
        ExecutionProvider provider, CancellationToken cancellationToken, out float[] vector, out string problem)
    {
        vector = [];
        problem = provider.FindProblem() ?? string.Empty;
        if (problem.Length > 0)
            return null;

        if (provider.RunsPaddedBatches
            && TryCreate(
                () => source.CreateForPaddedBatches(provider, head.Pooling, precision, cancellationToken),
                provider, cancellationToken, out vector, out problem) is { } batches)
            return batches;

        // The fallback computes in float32, and a requested precision is never replaced.
        if (precision == EmbeddingPrecision.Float16)
        {
            if (problem.Length == 0)
                problem = $"{precision} needs batches, and {(provider.RunsPaddedBatches ? GraphTakesOne : "it runs none")}";

            return null;
        }

        // A graph from another program may mix the sequences in a run: then each snippet has its own run.
        string problemOfBatches = problem;
        IEncoder? encoder = TryCreate(
            () => source.Create(provider, cancellationToken), provider, cancellationToken, out vector, out problem);
        if (encoder is not null)
            problem = problemOfBatches;

        return encoder;
    }

    private IEncoder? TryCreate(
        Func<IEncoder?> create,
        ExecutionProvider provider,
        CancellationToken cancellationToken,
        out float[] vector,
        out string problem)
    {
        (vector, problem) = ([], string.Empty);
        IEncoder? encoder = null;
        try
        {
            encoder = create();
            if (encoder is null)
                return null;

            // If sequences share a run, check one that is padded.
            long[] trial = findTrial();
            long[][] trials = encoder is IPaddedBatchEncoder ? [trial, trial[..((trial.Length + 1) / 2)]] : [trial];
            float[][] vectors = head.Embed(encoder, trials, promptTokens: 0, cancellationToken);
            vector = vectors[0];
            if (provider == ExecutionProvider.Cpu || IsNear(trials, vectors, cancellationToken))
                return encoder;

            encoder.Dispose();
            problem = precision == EmbeddingPrecision.Float16
                ? "its results in Float16 differ from the processor's in Float32, or are not finite"
                : "its results differ from the processor's";
            return null;
        }
        catch (OnnxRuntimeException e)
        {
            encoder?.Dispose();
            problem = OrtMessage.Describe(e);
            return null;
        }
        catch
        {
            encoder?.Dispose();
            throw;
        }
    }

    private bool IsNear(long[][] trials, float[][] vectors, CancellationToken cancellationToken)
    {
        using IEncoder processor = source.Create(ExecutionProvider.Cpu, cancellationToken);
        return trials.Zip(vectors).All(pair =>
        {
            (long[] trial, float[] vector) = pair;
            float[] expected = head.Embed(processor, [trial], promptTokens: 0, cancellationToken)[0];
            return precision == EmbeddingPrecision.Float16
                ? TensorPrimitives.CosineSimilarity<float>(vector, expected) >= SmallestFloat16Cosine
                : TensorPrimitives.Distance<float>(vector, expected)
                    <= LargestDifference * TensorPrimitives.Norm<float>(expected);
        });
    }
}

/// <summary>An encoder and the device that it runs on.</summary>
/// <param name="Encoder">The encoder.</param>
/// <param name="Dimensions">The length of the resulting vectors.</param>
/// <param name="Device">The device.</param>
/// <param name="Reason">Why this device was chosen.</param>
/// <param name="Warning">A warning for the user, if there is one.</param>
internal sealed record DeviceChoice(IEncoder Encoder, int Dimensions, EmbeddingDevice Device, string Reason, string? Warning);
