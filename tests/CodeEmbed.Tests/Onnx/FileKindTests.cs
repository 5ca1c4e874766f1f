using System.Text;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>A file of another kind instead of a model's file is identified by its first bytes.</summary>
public sealed class FileKindTests : IDisposable
{
    private readonly ModelCopy _model = new();

    public static TheoryData<string> Files { get; } =
    [
        "config.json", "vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "modules.json",
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "model.onnx", "onnx/model.onnx",
        "model.onnx_data",
    ];

    public void Dispose() => _model.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void A_Git_LFS_pointer_is_reported_with_what_to_do(string name)
    {
        Replace(
            name,
            Encoding.ASCII.GetBytes(
                $"version https://git-lfs.github.com/spec/v1\noid sha256:{new string('0', 64)}\nsize 498818054\n"));

        Assert.Equal(
            $"{Path.GetFileName(name)} is a pointer that Git LFS left in place of the file. "
            + "Run 'git lfs pull' in the model's folder.",
            _model.FailToLoad().Problem);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_web_page_is_reported_as_such(string name)
    {
        Replace(name, "\r\n <!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>\n"u8.ToArray());

        Assert.StartsWith(
            $"{Path.GetFileName(name)} is a web page (HTML)", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    // The first bytes of each: PKWARE's APPNOTE 4.3.7, RFC 1952, RFC 8878 3.1.1, xz's and 7z's format descriptions, POSIX's
    // ustar, gguf.md, ONNX's onnx.proto, Python's pickletools.
    [Theory]
    [InlineData("504B0304", "a zip archive")]
    [InlineData("1F8B0800", "gzip")]
    [InlineData("28B52FFD", "Zstandard")]
    [InlineData("FD377A585A00", "xz")]
    [InlineData("377ABCAF271C", "a 7z archive")]
    [InlineData("47475546", "GGUF")]
    [InlineData("08071207", "an ONNX graph")]
    [InlineData("80027D71", "a Python pickle")]
    [InlineData("800495", "a Python pickle")]
    [InlineData("894844460D0A", "HDF5")]
    [InlineData("FFFE7B00", "UTF-16")]
    public void Another_file_is_named(string start, string kind)
    {
        foreach (string name in new[] { "model.safetensors", "config.json" })
        {
            using var model = new ModelCopy();
            File.WriteAllBytes(model.File(name), [.. Convert.FromHexString(start), .. Enumerable.Repeat((byte)0xff, 600)]);

            string problem = model.FailToLoad().Problem;

            Assert.Contains(name, problem, StringComparison.Ordinal);
            Assert.Contains(kind, problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_tar_archive_is_named()
    {
        byte[] tar = new byte[1024];
        "ustar"u8.CopyTo(tar.AsSpan(257));
        _model.UseWeights("pytorch_model.bin", tar);

        Assert.Contains("a tar archive", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Safetensors_under_the_name_of_torch_is_named()
    {
        _model.UseWeights("pytorch_model.bin", File.ReadAllBytes(Repository.Fixture("tiny-roberta/model.safetensors")));

        Assert.Contains("By its first bytes it is a safetensors file", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_error_for_an_empty_folder_says_what_a_model_folder_contains()
    {
        foreach (string file in Directory.GetFiles(_model.Path))
            File.Delete(file);

        string problem = _model.FailToLoad().Problem;

        Assert.StartsWith("config.json is missing", problem, StringComparison.Ordinal);
        Assert.Contains("tokenizer.json", problem, StringComparison.Ordinal);
        Assert.Contains("This folder holds nothing", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_tokenizer_is_reported_by_its_usual_name()
    {
        File.Delete(_model.File("vocab.json"));
        File.Delete(_model.File("merges.txt"));

        Assert.StartsWith("tokenizer.json is missing", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    // Characters that programs add around JSON and that have no meaning.
    [Theory]
    [InlineData("\uFEFF", "")]
    [InlineData("", "\0\0\0")]
    [InlineData("\uFEFF\r\n", "\r\n\0")]
    public void A_byte_order_mark_and_padding_change_nothing(string before, string after)
    {
        float[] expected = _model.Embed().Vector;
        foreach (string name in new[] { "config.json", "vocab.json", "merges.txt" })
            File.WriteAllText(_model.File(name), before + File.ReadAllText(_model.File(name)) + after, new UTF8Encoding(false));

        Assert.Equal(expected, _model.Embed().Vector);
    }

    private void Replace(string name, byte[] bytes)
    {
        Directory.CreateDirectory(_model.File("onnx"));
        if (
            name.Contains("safetensors", StringComparison.Ordinal) || name.Contains("pytorch", StringComparison.Ordinal)
                || name.Contains("onnx", StringComparison.Ordinal))
            _model.RemoveWeights();

        if (name == "model.onnx_data")
            ToyExport.Write(_model.File("model.onnx"), rows: 10);

        File.WriteAllBytes(_model.File(name), bytes);
    }
}
