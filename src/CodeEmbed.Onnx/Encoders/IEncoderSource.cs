using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tensors;
using CodeEmbed.Onnx.Tokenizers;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>
///   The encoder of a model folder: what it is, and how to make it run on a device. The encoders that it makes live no longer
///   than it does.
/// </summary>
internal interface IEncoderSource : IDisposable
{
    /// <summary>How many tokens it can see, the special ones included; <see langword="null"/> where nothing says so.</summary>
    int? MaxLength { get; }

    /// <summary>How many ids it knows; <see langword="null"/> where nothing says so.</summary>
    int? VocabularySize { get; }

    /// <summary>
    ///   Why it runs on the processor alone and without ONNX Runtime, as a clause; <see langword="null"/> where ONNX Runtime runs
    ///   it.
    /// </summary>
    string? ProcessorOnly => null;

    /// <summary>How texts are encoded for it.</summary>
    EncodingRule Rule => EncodingRule.Whole;

    /// <summary>What of the architecture decides the numbers, as text for the fingerprint.</summary>
    string Describe();

    /// <summary>Gives the bytes of everything that was learned, in a fixed order, for the fingerprint.</summary>
    /// <param name="takeName">Takes what the next bytes are.</param>
    /// <param name="takeBytes">Takes bytes.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    void VisitParameters(Action<string> takeName, BytesVisitor takeBytes, CancellationToken cancellationToken);

    /// <summary>Makes the encoder run on a device.</summary>
    /// <param name="provider">What runs it.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OnnxRuntimeException">The provider cannot run it.</exception>
    /// <exception cref="ModelFormatException">It is not an encoder that can be run.</exception>
    IEncoder Create(ExecutionProvider provider, CancellationToken cancellationToken);

    /// <summary>Makes the encoder run on a device with its own memory, several sequences in a run.</summary>
    /// <param name="provider">What runs it.</param>
    /// <param name="pooling">How hidden states become one vector, where the encoder itself does not give one.</param>
    /// <param name="precision">Float32 or Float16.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The encoder; <see langword="null"/> where a run can take one sequence alone.</returns>
    /// <exception cref="OnnxRuntimeException">The provider cannot run it.</exception>
    /// <exception cref="ModelFormatException">It is not an encoder that can be run.</exception>
    /// <exception cref="EmbeddingOptionException">It cannot be run in this precision.</exception>
    IBatchEncoder? CreateForBatches(
        ExecutionProvider provider,
        EmbeddingPooling pooling,
        EmbeddingPrecision precision,
        CancellationToken cancellationToken) => null;

    /// <summary>Makes the encoder run in 8-bit integers, on the processor. To be called once.</summary>
    /// <param name="calibration">The token ids of a text on which the outlier channels are found.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OnnxRuntimeException">The processor cannot run it.</exception>
    /// <exception cref="ModelFormatException">It has no such form.</exception>
    Int8Encoder CreateInt8(long[] calibration, CancellationToken cancellationToken);
}

/// <summary>An encoder in 8-bit integers, and what shows how much it loses.</summary>
/// <param name="Encoder">The encoder.</param>
/// <param name="CalibrationState">What float32 gives for the text that it was calibrated on, [tokens, hidden].</param>
internal sealed record Int8Encoder(IEncoder Encoder, float[] CalibrationState);
