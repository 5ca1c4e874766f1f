using System.Text;
using CodeEmbed.Hub.Files;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>Which files of a repository are fetched.</summary>
public sealed class NeededFilesTests
{
    private const string Base = "config.json tokenizer.json", KnownConfig = "{\"model_type\":\"roberta\"}";

    [Theory]
    [InlineData("model.safetensors pytorch_model.bin tf_model.h5 onnx/model.onnx", "model.safetensors")]
    [InlineData("pytorch_model.bin tf_model.h5 flax_model.msgpack rust_model.ot model.onnx onnx/model.onnx", "pytorch_model.bin")]
    [InlineData("onnx/model.onnx tf_model.h5 openvino/openvino_model.bin", "onnx/model.onnx")]
    [InlineData("model.onnx onnx/model.onnx", "model.onnx")]
    [InlineData("model.onnx model.onnx_data model.onnx_data_1", "model.onnx model.onnx_data model.onnx_data_1")]
    [InlineData(
        "onnx/model.onnx onnx/model.onnx.data onnx/model_quantized.onnx onnx/model_fp16.onnx_data model.onnx_data",
        "onnx/model.onnx onnx/model.onnx.data")]
    [InlineData("model.safetensors adapter_model.safetensors model.fp16.safetensors", "model.safetensors")]
    public void Only_one_frameworks_weights_are_needed(string weights, string expected) =>
        Assert.Equal(Words($"{Base} {expected}"), Choose($"{Base} {weights}"));

    [Theory]
    [InlineData("model.safetensors pytorch_model.bin onnx/model.onnx", "onnx/model.onnx")]
    [InlineData(
        "model.safetensors.index.json a-1.safetensors onnx/model.onnx onnx/model.onnx_data",
        "model.safetensors.index.json onnx/model.onnx onnx/model.onnx_data")]
    public void An_unknown_architecture_needs_an_export_if_there_is_one(string weights, string expected) =>
        Assert.Equal(Words($"{Base} {expected}"), Choose($"{Base} {weights}", ("config.json", "{\"model_type\":\"qwen2\"}")));

    [Theory]
    [InlineData("model.safetensors.index.json", "safetensors")]
    [InlineData("pytorch_model.bin.index.json", "bin")]
    public void An_index_adds_the_shards_that_it_names(string index, string extension)
    {
        string listing = $"{Base} {index} a-1.{extension} a-2.{extension} a-3.{extension} model.onnx";
        (string, string) content = (
            index, $$$"""{"weight_map":{"x":"a-2.{{{extension}}}","y":"a-1.{{{extension}}}","z":"a-2.{{{extension}}}"}}""");

        Assert.Equal(Words($"{Base} {index} a-1.{extension} a-2.{extension}"), Choose(listing, content));
    }

    [Fact]
    public void One_file_takes_precedence_over_shards()
    {
        Assert.Equal(
            Words($"{Base} model.safetensors"), Choose($"{Base} model.safetensors model.safetensors.index.json a-1.safetensors"));
    }

    [Fact]
    public void Files_that_describe_the_model_are_needed_if_they_exist()
    {
        const string all = "config.json vocab.json merges.txt special_tokens_map.json tokenizer_config.json added_tokens.json "
            + "config_sentence_transformers.json sentence_bert_config.json model.safetensors";

        Assert.Equal(Words(all), Choose(all + " README.md .gitattributes vocab.txt eval/results.json training_args.bin"));
    }

    [Theory]
    [InlineData("tokenizer.json vocab.json merges.txt vocab.txt added_tokens.json special_tokens_map.json", "tokenizer.json")]
    [InlineData("tokenizer.json sentencepiece.bpe.model", "tokenizer.json")]
    [InlineData("vocab.json merges.txt vocab.txt added_tokens.json", "vocab.json merges.txt added_tokens.json")]
    [InlineData("vocab.txt merges.txt added_tokens.json spiece.model", "vocab.txt added_tokens.json")]
    public void Only_the_tokenizer_that_is_read_is_needed(string tokenizers, string expected) => Assert.Equal(
        Words($"config.json model.safetensors tokenizer_config.json {expected}"),
        Choose($"config.json model.safetensors tokenizer_config.json {tokenizers}"));

    [Fact]
    public void The_modules_of_sentence_transformers_add_their_files()
    {
        const string modules = """
            [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
             {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
             {"idx":2,"name":"2","path":"2_Dense","type":"sentence_transformers.models.Dense"},
             {"idx":3,"name":"3","path":"3_Dense","type":"sentence_transformers.models.Dense"},
             {"idx":4,"name":"4","path":"4_Normalize","type":"sentence_transformers.models.Normalize"}]
            """;
        const string needed = "modules.json 1_Pooling/config.json 2_Dense/config.json 2_Dense/model.safetensors "
            + "3_Dense/config.json 3_Dense/pytorch_model.bin model.safetensors";

        Assert.Equal(
            Words($"{Base} {needed}"),
            Choose(
                $"{Base} {needed} 2_Dense/pytorch_model.bin 5_Other/config.json 1_Pooling/README.md", ("modules.json", modules)));
    }

    [Theory]
    [InlineData(".", "modules.json tokenizer.json model.safetensors config.json")]
    [InlineData("0_StaticEmbedding", "modules.json 0_StaticEmbedding/tokenizer.json 0_StaticEmbedding/model.safetensors")]
    public void A_static_model_needs_its_table_and_its_tokenizer(string folder, string needed)
    {
        string modules = $$"""
            [{"idx":0,"name":"0","path":"{{folder}}","type":"sentence_transformers.models.StaticEmbedding"},
             {"idx":1,"name":"1","path":"1_Normalize","type":"sentence_transformers.models.Normalize"}]
            """;
        string prefix = folder == "." ? string.Empty : $"{folder}/";

        Assert.Equal(
            Words(needed),
            Choose(
                $"{needed} {prefix}tokenizer_config.json {prefix}vocab.txt onnx/model.onnx {prefix}pytorch_model.bin",
                ("modules.json", modules),
                ("config.json", """{"model_type":"model2vec"}""")));
    }

    [Theory]
    [InlineData("""{"model_type":"roberta","normalize":true}""", "onnx/model.onnx")]
    [InlineData("""{"normalize":true}""", "model.safetensors")]
    public void A_config_without_a_type_belongs_to_a_static_model_if_it_says_whether_to_normalize(
        string config, string weights) => Assert.Equal(
        Words($"{Base} {weights}"),
        new SortedSet<string>(
            NeededFiles.Choose(
                Words($"{Base} model.safetensors onnx/model.onnx"), ["model2vec"], _ => Open(config)).Paths,
            StringComparer.Ordinal));

    [Theory]
    [InlineData("tokenizer.json onnx/model.onnx", "no weights that can be read: model.safetensors")]
    [InlineData("model.safetensors vocab.txt", "no tokenizer.json, without which a static model is not read")]
    public void A_static_model_without_its_required_files_is_refused(string listing, string problem) => Assert.Contains(
        problem,
        Read(
            $"{listing} modules.json",
            [("modules.json", """[{"path":".","type":"sentence_transformers.models.StaticEmbedding"}]""")]).Problem!,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"model_type":"q9"}""", "its model_type is 'q9', which is not known, and it has no export to ONNX. Give")]
    [InlineData(
        """{"model_type":"q9","auto_map":{"AutoModel":"x.Y"}}""", "The model's own code, which auto_map names, is never run.")]
    [InlineData("""{"model_type":"clip"}""", "It is for images and text")]
    public void An_unknown_model_type_is_refused_if_there_is_no_export(string config, string problem) => Assert.Contains(
        problem, Read($"{Base} model.safetensors", [("config.json", config)]).Problem!, StringComparison.Ordinal);

    [Theory]
    [InlineData("config.json tokenizer.json adapter_config.json adapter_model.safetensors", "it is an adapter (LoRA)")]
    [InlineData("adapter_config.json adapter_model.safetensors", "it is an adapter (LoRA)")]
    [InlineData("config.json tokenizer.json model-q8_0.gguf", "Its weights are in GGUF")]
    [InlineData("README.md model-q4_k_m.gguf", "Its weights are in GGUF")]
    public void Weights_of_another_kind_are_reported(string listing, string problem) =>
        Assert.Contains(problem, Read(listing, []).Problem!, StringComparison.Ordinal);

    [Theory]
    [InlineData("sentence_transformers.models.Transformer pylate.models.Dense.Dense", "a vector for each token, as ColBERT does")]
    [InlineData("sentence_transformers.models.Transformer", "a vector for each token, as ColBERT does")]
    [InlineData("sentence_transformers.models.Router.Router", "takes queries and documents through different parts")]
    [InlineData("sentence_transformers.models.Asym", "takes queries and documents through different parts")]
    [InlineData("sentence_transformers.models.CLIPModel", "is for images and text")]
    [InlineData(
        "sentence_transformers.sparse_encoder.models.MLMTransformer sentence_transformers.sparse_encoder.models.SpladePooling",
        "(SPLADE)")]
    [InlineData("custom_st.Multimodal x.Pooling", "'custom_st.Multimodal' is the model's own code, which is never run")]
    [InlineData("sentence_transformers.models.BoW", "its modules.json lists 'BoW'; what can be run is")]
    public void Modules_that_cannot_be_run_are_reported_before_the_weights_are_fetched(string types, string problem)
    {
        string modules = $"[{string.Join(',', types.Split(' ').Select(type => $$"""{"path":"","type":"{{type}}"}"""))}]";

        Assert.Contains(
            problem,
            Read($"{Base} modules.json model.safetensors", [("modules.json", modules)]).Problem!,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_weights_come_last()
    {
        NeededFiles needed = Read("model.onnx_data tokenizer.json model.onnx config.json", []);

        Assert.Equal(["model.onnx_data", "model.onnx"], needed.Paths.TakeLast(2));
    }

    [Theory]
    [InlineData("config.json tokenizer.json tf_model.h5", "no weights")]
    [InlineData("config.json model.safetensors vocab.json", "no tokenizer")]
    [InlineData("config.json model.safetensors merges.txt", "no tokenizer")]
    [InlineData("config.json model.safetensors spiece.model", "no tokenizer.json: its tokenizer exists only as spiece.model")]
    [InlineData("tokenizer.json model.safetensors", "no config.json")]
    public void A_repository_without_the_required_files_is_refused(string listing, string problem) =>
        Assert.Contains(problem, Read(listing, []).Problem!, StringComparison.Ordinal);

    [Fact]
    public void A_graph_needs_no_config() => Assert.Null(Read("tokenizer.json model.onnx", []).Problem);

    [Theory]
    [InlineData("""{"weight_map":{"x":"a-9.safetensors"}}""", "a-9.safetensors")]
    [InlineData("""{"weight_map":{"x":"../a.safetensors"}}""", "'../a.safetensors'")]
    [InlineData("""{"weight_map":{"x":"/etc/passwd"}}""", "'/etc/passwd'")]
    [InlineData("""{"weight_map":{"x":"C:\\a"}}""", "'C:\\a'")]
    [InlineData("""{"weight_map":{"x":1}}""", "'1'")]
    [InlineData("""{"weight_map":[]}""", "weight_map is missing")]
    [InlineData("[]", "no JSON object")]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{"weight_map":{"x":"\ud800"}}""", "not valid UTF-8")]
    public void An_invalid_index_is_refused_with_the_reason(string index, string problem) => Assert.Contains(
        problem,
        Read($"{Base} model.safetensors.index.json", [("model.safetensors.index.json", index)]).Problem!,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("""[{"path":"../x","type":"a.Dense"}]""", "'../x'")]
    [InlineData("""[{"path":"/x","type":"a.Pooling"}]""", "'/x'")]
    [InlineData(
        """[{"path":"","type":"a.Transformer"},{"path":"","type":"a.Pooling"},{"path":"2_Dense","type":"a.Dense"}]""",
        "2_Dense/model.safetensors")]
    [InlineData("""[{"path":"2_Dense"}]""", "without 'type'")]
    [InlineData("""[3]""", "without 'path'")]
    [InlineData("{}", "no JSON array")]
    [InlineData("", "is empty")]
    public void Invalid_modules_are_refused_with_the_reason(string modules, string problem) => Assert.Contains(
        problem, Read($"{Base} modules.json model.safetensors", [("modules.json", modules)]).Problem!, StringComparison.Ordinal);

    private static SortedSet<string> Words(string text) => new(text.Split(' '), StringComparer.Ordinal);

    private static SortedSet<string> Choose(string listing, params (string Path, string Content)[] files)
    {
        NeededFiles needed = Read(listing, files);
        Assert.Null(needed.Problem);
        return new SortedSet<string>(needed.Paths, StringComparer.Ordinal);
    }

    private static NeededFiles Read(string listing, (string Path, string Content)[] files) =>
        NeededFiles.Choose(
            Words(listing),
            ["roberta"],
            path => Open(files.Append(("config.json", KnownConfig)).First(file => file.Item1 == path).Item2));

    private static MemoryStream Open(string content) => new(Encoding.UTF8.GetBytes(content));
}
