using CodeEmbed.Errors;
using CodeEmbed.Onnx.Checkpoints.Torch;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Onnx.Checkpoints;

/// <summary>The weights of a model, from any of the file formats that its folder may have.</summary>
internal sealed class Checkpoint : IDisposable
{
    private readonly List<MappedFile> _files = [];
    private readonly Dictionary<string, CheckpointTensor> _tensors = [];

    private Checkpoint(string name) => Name = name;

    /// <summary>The name of its file, or of the index of its files.</summary>
    public string Name { get; }

    /// <summary>The tensors by their names in the checkpoint.</summary>
    public IReadOnlyDictionary<string, CheckpointTensor> Tensors => _tensors;

    /// <summary>The length of its files in bytes.</summary>
    public long Length => _files.Sum(file => file.Length);

    /// <summary>Determines whether a model folder has a checkpoint.</summary>
    public static bool IsIn(ModelFolder folder) => WeightFiles.Checkpoints.Any(name => folder.Find(name) is not null);

    /// <summary>Opens the weights of a model.</summary>
    /// <exception cref="ModelFormatException">The folder has no weights, or a file is not valid.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static Checkpoint Open(ModelFolder folder)
    {
        string path = WeightFiles.Checkpoints.Select(folder.Find).FirstOrDefault(found => found is not null)
            ?? throw new ModelFormatException($"no weights in '{folder.Path}': one of "
                + $"{string.Join(", ", WeightFiles.Checkpoints)} is required, or an ONNX export,  "
                + $"{string.Join(" or ", WeightFiles.Exports)}. "
                + $"This folder holds {folder.DescribeContent()}.{folder.DescribeKind()}");
        var checkpoint = new Checkpoint(Path.GetFileName(path));
        try
        {
            foreach (string file in WeightFiles.IsIndex(path) ? ReadIndex(folder, path) : [path])
                checkpoint.Add(file);

            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Closes the files; their content must not be used afterwards.</summary>
    public void Dispose()
    {
        foreach (MappedFile file in _files)
            file.Dispose();
    }

    private void Add(string path)
    {
        var file = new MappedFile(path);
        _files.Add(file);
        IEnumerable<CheckpointTensor> tensors = WeightFiles.IsSafetensors(path)
            ? SafetensorsReader.Read(file)
            : ReadTorch(file);
        foreach (CheckpointTensor tensor in tensors)
        {
            if (!_tensors.TryAdd(tensor.Name, tensor))
            {
                throw new ModelFormatException(
                    $"the tensor {MessageText.Quote(tensor.Name)} exists twice; the second one is in {file.Name}.");
            }
        }
    }

    /// <summary>Reads a file from torch.save, in its zip format or in the format before torch 1.6.</summary>
    private static IEnumerable<CheckpointTensor> ReadTorch(MappedFile file) =>
        TorchZipFormat.IsZip(file) ? TorchZipFormat.Read(file) : TorchLegacyFormat.Read(file);

    /// <summary>The distinct files that an index names.</summary>
    private static IEnumerable<string> ReadIndex(ModelFolder folder, string path) =>
        JsonFile.ReadObject(path, index => WeightFiles.ReadShards(Path.GetFileName(path), index)).Select(folder.Require);
}
