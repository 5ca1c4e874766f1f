using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Tests.Onnx;

/// <summary>A folder that contains only a checkpoint.</summary>
internal sealed class CheckpointFile : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private readonly string _path;

    /// <summary>Writes the checkpoint.</summary>
    public CheckpointFile(string name, byte[] bytes)
    {
        _path = _folder.File(name);
        Write(bytes);
    }

    /// <summary>Replaces the checkpoint with another one.</summary>
    public void Write(byte[] bytes) => File.WriteAllBytes(_path, bytes);

    /// <summary>Opens the checkpoint and closes it.</summary>
    public void Open() => OpenCheckpoint().Dispose();

    /// <summary>The values of a tensor, row by row.</summary>
    public unsafe float[] Values(string name)
    {
        using Checkpoint checkpoint = OpenCheckpoint();
        CheckpointTensor tensor = checkpoint.Tensors[name];
        float[] values = new float[tensor.Shape.Aggregate(1L, (product, size) => product * size)];
        fixed (float* target = values)
            TensorConverter.Copy(tensor, target);

        return values;
    }

    /// <summary>The shape of a tensor.</summary>
    public long[] Shape(string name)
    {
        using Checkpoint checkpoint = OpenCheckpoint();
        return checkpoint.Tensors[name].Shape;
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private Checkpoint OpenCheckpoint() => Checkpoint.Open(new ModelFolder(_folder.Path, "model"));
}
