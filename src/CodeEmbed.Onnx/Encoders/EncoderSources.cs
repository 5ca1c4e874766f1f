using CodeEmbed.Onnx.Architectures;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>Finds the encoder of a model folder: a checkpoint of a known architecture, else an ONNX export.</summary>
internal static class EncoderSources
{
    /// <summary>Opens the encoder.</summary>
    /// <exception cref="ModelFormatException">There is none, or a file is not valid.</exception>
    public static IEncoderSource Open(ModelFolder folder, CancellationToken cancellationToken)
    {
        bool hasKnownCheckpoint = Checkpoint.IsIn(folder) && HasKnownArchitecture(folder);
        return hasKnownCheckpoint || !ExportSource.IsIn(folder)
            ? CheckpointSource.Open(folder, cancellationToken)
            : ExportSource.Open(folder);
    }

    private static bool HasKnownArchitecture(ModelFolder folder) =>
        JsonFile.ReadObject(
            folder.Require(ModelFileNames.Config), root => Architecture.IsKnown(ModelFileNames.FindModelType(root)));
}
