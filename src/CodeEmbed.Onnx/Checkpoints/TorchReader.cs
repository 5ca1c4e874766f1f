using CodeEmbed.Onnx.Checkpoints.Torch;
using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Onnx.Checkpoints;

/// <summary>Reads the table of a file that torch.save wrote, in its zip format or in the one before torch 1.6.</summary>
internal static class TorchReader
{
    /// <summary>Reads the tensors of a file; their data is not touched, and nothing in the file is run.</summary>
    /// <exception cref="ModelFormatException">
    ///   The file is of neither format, is damaged, or asks for more than tensors.
    /// </exception>
    public static IEnumerable<CheckpointTensor> Read(MappedFile file)
    {
        if (TorchZipFormat.IsZip(file))
            return TorchZipFormat.Read(file);

        return TorchLegacyFormat.Read(file);
    }
}
