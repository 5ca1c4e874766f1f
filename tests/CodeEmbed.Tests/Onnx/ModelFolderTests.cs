using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Models;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Finding the folder of a model, and the name of the model.</summary>
public sealed class ModelFolderTests : IDisposable
{
    private static readonly string BundledModels = Path.GetDirectoryName(Repository.BundledModel)!;

    private readonly TemporaryFolder _folder = new();

    public ModelFolderTests() => Directory.CreateDirectory(_folder.File("some/my-model"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("some/my-model")]
    [InlineData("some/my-model/")]
    [InlineData("some//my-model//")]
    [InlineData("./some/my-model/.")]
    [InlineData("some/my-model/../my-model")]
    [InlineData("some/other/../my-model")]
    public void A_model_is_named_after_the_last_component_of_its_folder(string path)
    {
        Assert.Equal("my-model", Find(path).Name);
    }

    [Theory]
    [InlineData(".", "some/my-model")]
    [InlineData("./", "some/my-model")]
    [InlineData("..", "some/my-model/sub")]
    public void A_path_of_dots_has_the_name_of_the_folder_that_it_leads_to(string path, string from)
    {
        Directory.CreateDirectory(_folder.File(from));
        var options = new EmbeddingServiceOptions { Model = path, BaseFolder = _folder.File(from) };

        Assert.Equal(new ModelFolder(Path.GetFullPath(_folder.File("some/my-model")), "my-model"), ModelFolder.Find(options));
    }

    [Fact]
    public void An_absolute_path_does_not_start_from_the_base_folder()
    {
        var options = new EmbeddingServiceOptions { Model = _folder.File("some/my-model"), BaseFolder = Path.GetTempPath() };

        Assert.Equal("my-model", ModelFolder.Find(options).Name);
    }

    [Fact]
    public void The_name_in_the_output_is_never_a_path()
    {
        using var model = new ModelCopy();
        using var service = new OnnxEmbeddingService(model.Options with { Model = model.Path + Path.DirectorySeparatorChar });

        Assert.Equal(ModelCopy.Name, service.EmbedBatch([Snippets.Of("x")], TestContext.Current.CancellationToken)[0].ModelName);
    }

    [Fact]
    public void A_model_that_comes_with_the_module_is_found_by_its_name()
    {
        Assert.Equal(new ModelFolder(Repository.BundledModel, FixtureModels.Bundled), Find(FixtureModels.Bundled));
    }

    [Fact]
    public void A_folder_takes_precedence_over_a_model_that_comes_with_the_module()
    {
        Directory.CreateDirectory(_folder.File(FixtureModels.Bundled));

        Assert.Equal(_folder.File(FixtureModels.Bundled), Find(FixtureModels.Bundled).Path);
    }

    [Theory]
    [InlineData("no/such-model")]
    [InlineData("microsoft/codebert-base")]
    [InlineData("no-such-model")]
    [InlineData("./codeembed-mini")]
    [InlineData("no-such-folder/../codeembed-mini")]
    public void A_missing_model_is_reported_with_the_accepted_values(string model)
    {
        ModelLoadException exception = Assert.Throws<ModelLoadException>(() => Find(model));

        Assert.Contains($"'{model}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Give a folder", exception.Problem, StringComparison.Ordinal);
        Assert.Contains("'codeembed-mini'", exception.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_models_next_to_the_module_none_is_suggested()
    {
        var options = new EmbeddingServiceOptions { Model = "no-such-model", BaseFolder = _folder.Path };

        ModelLoadException exception = Assert.Throws<ModelLoadException>(() => ModelFolder.Find(options));

        Assert.DoesNotContain("comes with this program", exception.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_no_folder_can_have_is_not_found()
    {
        Assert.Throws<ModelLoadException>(() => Find("a\0b"));
    }

    [Fact]
    public void A_file_is_distinguished_from_a_folder()
    {
        File.WriteAllText(_folder.File("model.safetensors"), string.Empty);

        ModelLoadException exception = Assert.Throws<ModelLoadException>(() => Find("model.safetensors"));

        Assert.Contains("'model.safetensors'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("it is a file", exception.Problem, StringComparison.Ordinal);
    }

    private ModelFolder Find(string model) =>
        ModelFolder.Find(new EmbeddingServiceOptions { Model = model, BaseFolder = _folder.Path, BundledModels = BundledModels });
}
