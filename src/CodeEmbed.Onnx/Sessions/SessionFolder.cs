using CodeEmbed.Onnx.Tensors;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>
///   A temporary folder for creating a session: ONNX Runtime reads a graph whose weights are overridden only from a file, and
///   requires a weights file next to it.
/// </summary>
internal sealed class SessionFolder : IDisposable
{
    public const string WeightsName = "weights";
    private const string GraphName = "graph.onnx";

    private readonly string _path = Directory.CreateTempSubdirectory("codeembed-").FullName;

    /// <summary>The path of the graph.</summary>
    public string GraphPath => Path.Combine(_path, GraphName);

    /// <summary>Writes the graph.</summary>
    public void WriteGraph(byte[] graph) => File.WriteAllBytes(GraphPath, graph);

    /// <summary>
    ///   Creates a file that is as long as the longest weight but has no content; on most file systems it takes no space. ONNX
    ///   Runtime checks its length but never reads it if the weights are passed in memory.
    /// </summary>
    public void WritePlaceholder(IEnumerable<Weight> weights)
    {
        using FileStream file = File.Create(Path.Combine(_path, WeightsName));
        file.SetLength(weights.Max(weight => weight.Length));
    }

    /// <summary>Writes the weights one after the other, for a device that cannot use the processor's memory.</summary>
    public void WriteWeights(IEnumerable<Weight> weights, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = File.OpenHandle(Path.Combine(_path, WeightsName), FileMode.CreateNew, FileAccess.Write);
        long position = 0;
        foreach (Weight weight in weights)
        {
            weight.ForEachPiece(piece =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                RandomAccess.Write(file, piece, position);
                position += piece.Length;
            });
            weight.Release();
        }
    }

    /// <summary>Deletes the folder.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(_path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another program, such as a virus scanner, may hold a file. A small folder that remains does no harm.
        }
    }
}
