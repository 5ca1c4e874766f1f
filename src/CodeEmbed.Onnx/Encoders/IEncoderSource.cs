using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tensors;
using CodeEmbed.Onnx.Tokenizers;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>
///   The encoder of a model folder: its properties, and how to run it on a device. The encoders that it creates must not outlive
///   it.
/// </summary>
internal interface IEncoderSource : IDisposable
{
    /// <summary>How many tokens it can see, including the special ones; <see langword="null"/> if no file says so.</summary>
    int? MaxLength { get; }

    /// <summary>How many ids it knows; <see langword="null"/> if no file says so.</summary>
    int? VocabularySize { get; }

    /// <summary>
    ///   Why it runs only on the processor and without ONNX Runtime, as a clause; <see langword="null"/> if ONNX Runtime runs
    ///   it.
    /// </summary>
    string? ProcessorOnly => null;

    /// <summary>
    ///   Whether an encoder that returns vectors pooled them as it was asked to; otherwise the model itself says how.
    /// </summary>
    bool PoolsAsAsked => false;

    /// <summary>How texts are encoded for it.</summary>
    EncodingRule Rule => EncodingRule.Whole;

    /// <summary>What in the architecture affects the numbers, as text for the fingerprint.</summary>
    string Describe();

    /// <summary>Passes on the bytes of all learned parameters, in a fixed order, for the fingerprint.</summary>
    /// <param name="takeName">Receives the name of the next bytes.</param>
    /// <param name="takeBytes">Receives bytes.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    void VisitParameters(Action<string> takeName, BytesVisitor takeBytes, CancellationToken cancellationToken);

    /// <summary>Creates the encoder for a device.</summary>
    /// <param name="provider">What runs it.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OnnxRuntimeException">The provider cannot run it.</exception>
    /// <exception cref="ModelFormatException">The encoder cannot be run.</exception>
    IEncoder Create(ExecutionProvider provider, CancellationToken cancellationToken);

    /// <summary>Creates the encoder for a device with its own memory, for several sequences in a run.</summary>
    /// <param name="provider">What runs it.</param>
    /// <param name="pooling">How hidden states become one vector, if the encoder itself does not do that.</param>
    /// <param name="precision">Float32 or Float16.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The encoder; <see langword="null"/> if a run can take only one sequence.</returns>
    /// <exception cref="OnnxRuntimeException">The provider cannot run it.</exception>
    /// <exception cref="ModelFormatException">The encoder cannot be run.</exception>
    /// <exception cref="EmbeddingOptionException">It cannot be run in this precision.</exception>
    IPaddedBatchEncoder? CreateForPaddedBatches(
        ExecutionProvider provider,
        EmbeddingPooling pooling,
        EmbeddingPrecision precision,
        CancellationToken cancellationToken) => null;

    /// <summary>Creates the encoder in 8-bit integers, on the processor. Call this only once.</summary>
    /// <param name="calibration">The token ids of a text on which the outlier channels are found.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OnnxRuntimeException">The processor cannot run it.</exception>
    /// <exception cref="ModelFormatException">The encoder does not have such a form.</exception>
    Int8Encoder CreateInt8(long[] calibration, CancellationToken cancellationToken);
}

/// <summary>An encoder in 8-bit integers, and the state that shows how much it loses.</summary>
/// <param name="Encoder">The encoder.</param>
/// <param name="CalibrationState">The float32 state for the text that it was calibrated on, [tokens, hidden].</param>
internal sealed record Int8Encoder(IEncoder Encoder, float[] CalibrationState);
