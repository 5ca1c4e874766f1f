using System.Diagnostics;
using System.Net.Sockets;
using CodeEmbed.ModelFiles;
using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   Only regular files are opened as files of a model, in every place: nothing else can keep the program waiting.
/// </summary>
public sealed class RegularFileTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ModelCopy _model = new();

    public static TheoryData<string> Files { get; } =
    [
        "config.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "tokenizer.json",
        "modules.json", "1_Pooling/config.json", "sentence_bert_config.json", "sentence_xlnet_config.json",
        "config_sentence_transformers.json",
        "model.safetensors", "model.safetensors.index.json", "model-00001-of-00001.safetensors", "pytorch_model.bin",
        "pytorch_model.bin.index.json",
        "model.onnx", "onnx/model.onnx", "model.onnx_data",
    ];

    public void Dispose() => _model.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_named_pipe_is_refused_by_name_and_not_waited_for(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no named pipes among files.");
        Prepare(name);
        await Process.Start("mkfifo", _model.File(name)).WaitForExitAsync(TestContext.Current.CancellationToken);

        string problem = await FailToLoadAsync();

        Assert.Equal(
            $"{Path.GetFileName(name)} is a named pipe, and not a regular file. Replace it with the model's own file.", problem);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_folder_instead_of_a_file_is_refused_by_name(string name)
    {
        Prepare(name);
        Directory.CreateDirectory(_model.File(name));

        Assert.StartsWith(
            $"{Path.GetFileName(name)} is a folder, and not a regular file.", await FailToLoadAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    public async Task A_link_to_a_device_is_refused_by_name(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no devices among files.");
        Prepare(name);
        File.CreateSymbolicLink(_model.File(name), "/dev/zero");

        Assert.StartsWith($"{name} is a device, and not a regular file.", await FailToLoadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_is_refused_by_name()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no sockets among files.");
        Prepare("config.json");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_model.File("config.json")));

        Assert.StartsWith("config.json is a socket, and not a regular file.", await FailToLoadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_link_is_reported()
    {
        Links.Require();
        Prepare("config.json");
        File.CreateSymbolicLink(_model.File("config.json"), _model.File("gone.json"));

        Assert.StartsWith("config.json is missing", await FailToLoadAsync(), StringComparison.Ordinal);
    }

    // Files in /proc report a size of zero.
    [Fact]
    public void The_bytes_that_are_read_count_and_not_the_reported_size()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has such files.");
        const string path = "/proc/self/maps";
        Assert.Equal(0, new FileInfo(path).Length);

        Assert.NotEqual(0, RegularFile.ReadAll(path, 100 * 1024 * 1024).Length);
        Assert.Throws<ModelFormatException>(() => RegularFile.ReadAll(path, 100));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(100_000)]
    public void A_file_is_read_completely_up_to_the_limit(int length)
    {
        byte[] bytes = new byte[length];
        Random.Shared.NextBytes(bytes);
        File.WriteAllBytes(_model.File("bytes"), bytes);

        Assert.Equal(bytes, RegularFile.ReadAll(_model.File("bytes"), length));
        if (length > 0)
            Assert.Throws<ModelFormatException>(() => RegularFile.ReadAll(_model.File("bytes"), length - 1));
    }

    /// <summary>Creates a model that reads the file, and deletes the file.</summary>
    private void Prepare(string name)
    {
        Directory.CreateDirectory(_model.File("onnx"));
        if (name is "1_Pooling/config.json" or "sentence_bert_config.json" or "sentence_xlnet_config.json"
            or "config_sentence_transformers.json")
        {
            File.WriteAllText(
                _model.File("modules.json"),
                """[{"idx":0,"path":"","type":"x.Transformer"},{"idx":1,"path":"1_Pooling","type":"x.Pooling"}]""");
            Directory.CreateDirectory(_model.File("1_Pooling"));
            File.WriteAllText(_model.File("1_Pooling/config.json"), "{}");
        }

        if (
            name.Contains("safetensors", StringComparison.Ordinal) || name.Contains("pytorch", StringComparison.Ordinal)
                || name.Contains("onnx", StringComparison.Ordinal))
            _model.RemoveWeights();

        if (name == "model-00001-of-00001.safetensors")
            File.WriteAllText(_model.File("model.safetensors.index.json"), $$"""{"weight_map":{"w":"{{name}}"} }""");

        if (name == "model.onnx_data")
            ToyExport.Write(_model.File("model.onnx"), rows: 10);

        File.Delete(_model.File(name));
    }

    private async Task<string> FailToLoadAsync()
    {
        using var service = new OnnxEmbeddingService(_model.Options);
        Task<EmbeddingModel> loading = Task.Run(() => service.Load(TestContext.Current.CancellationToken));
        ModelLoadException error = await Assert.ThrowsAsync<ModelLoadException>(
            () => loading.WaitAsync(Patience, TestContext.Current.CancellationToken));
        return error.Problem;
    }
}
