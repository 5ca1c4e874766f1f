using CodeEmbed.ModelFiles;
using CodeEmbed.Tests.Onnx;
using CodeEmbed.Tests.Staged;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace CodeEmbed.Tests.Hostile;

/// <summary>
///   ONNX exports that were changed. ONNX Runtime reads them in native code: a file that crashes it crashes the
///   process.
/// </summary>
[Collection(Alone.Name)]
public sealed class ExportFuzzTests : IDisposable
{
    private readonly ModelCopy _model = new();

    public ExportFuzzTests() => _model.RemoveWeights();

    public void Dispose() => _model.Dispose();

    [Fact]
    [Fuzz]
    public void A_changed_export_embeds_or_is_refused() => new FuzzRun("onnx", Make, Embed, IsNamed).Run(60);

    private static FuzzCase Make(Random random)
    {
        if (random.Next(3) == 0)
        {
            using var folder = new TemporaryFolder();
            ToyExport.Write(folder.File("model.onnx"), 2000);
            (string, byte[]) data = ("model.onnx_data", File.ReadAllBytes(folder.File("model.onnx_data")));
            return new FuzzCase(
                "toy", ("model.onnx", ByteMutation.Change(random, File.ReadAllBytes(folder.File("model.onnx")))), data);
        }

        byte[] bytes = File.ReadAllBytes(
            Repository.Fixture("exports/" + (random.Next(2) == 0 ? "hidden-state.onnx" : "sentence-embedding.onnx")));
        return new FuzzCase("export", ("model.onnx", ByteMutation.Change(random, bytes, 4 * 1024)));
    }

    private void Embed(FuzzCase made)
    {
        foreach ((string name, byte[] bytes) in made.Files)
            File.WriteAllBytes(_model.File(name), bytes);

        Assert.All(_model.Embed().Vector, value => Assert.True(float.IsFinite(value)));
    }

    private static bool IsNamed(Exception exception) => exception is ModelLoadException or EmbeddingException
        && exception.InnerException is null or ModelFormatException or OnnxRuntimeException or NotFiniteNumberException
            or FileNotFoundException;
}
