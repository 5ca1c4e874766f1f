using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>Finds the encoder of a model folder: a checkpoint of a known architecture, else an ONNX export.</summary>
internal static class EncoderSources
{
    /// <summary>Opens the encoder.</summary>
    /// <exception cref="ModelFormatException">There is none, or a file is not what it should be.</exception>
    public static IEncoderSource Open(ModelFolder folder, CancellationToken cancellationToken)
    {
        bool hasKnownCheckpoint = Checkpoint.IsIn(folder) && RobertaConfig.IsRoberta(folder);
        return hasKnownCheckpoint || !ExportSource.IsIn(folder) ? RobertaSource.Open(folder, cancellationToken) : ExportSource.Open(folder);
    }
}
