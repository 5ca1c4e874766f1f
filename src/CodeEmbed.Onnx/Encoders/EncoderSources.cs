using CodeEmbed.Onnx.Architectures;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>Finds the encoder of a model folder: a checkpoint of a known architecture, else an ONNX export.</summary>
internal static class EncoderSources
{
    /// <summary>Opens the encoder.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="length">
    ///   How many tokens the model sees by its sentence-transformers files; <see langword="null"/> if they do not say.
    /// </param>
    /// <param name="cancellationToken">Stops the reading of the weights.</param>
    /// <exception cref="ModelFormatException">The folder has no encoder that can be run, or a file is not valid.</exception>
    public static IEncoderSource Open(ModelFolder folder, int? length, CancellationToken cancellationToken) =>
        HasKnownCheckpoint(folder) || !ExportSource.IsIn(folder)
            ? CheckpointSource.Open(folder, length, cancellationToken)
            : ExportSource.Open(folder);

    /// <summary>How many tokens the encoder can see, by its config.json alone.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="length">
    ///   How many tokens the model sees by its sentence-transformers files; <see langword="null"/> if they do not say.
    /// </param>
    /// <returns>The number; <see langword="null"/> if the file does not say.</returns>
    /// <exception cref="ModelFormatException">The file is not valid.</exception>
    public static int? FindMaxLength(ModelFolder folder, int? length)
    {
        int? positions = ConfigSummary.Read(folder).MaxLength;
        return length > positions && HasKnownCheckpoint(folder) && ComputesPositions(folder)
            ? ConfigReader.ComputedPositions(positions.Value, length.Value)
            : positions;
    }

    private static bool HasKnownCheckpoint(ModelFolder folder) => Checkpoint.IsIn(folder) && JsonFile.ReadObject(
        folder.Require(ModelFileNames.Config), root => Architecture.IsKnown(ModelFileNames.FindModelType(root)));

    private static bool ComputesPositions(ModelFolder folder) => JsonFile.ReadObject(
        folder.Require(ModelFileNames.Config),
        root => Architecture.Find(new ConfigReader(root, () => [])).ComputesPositions);
}
