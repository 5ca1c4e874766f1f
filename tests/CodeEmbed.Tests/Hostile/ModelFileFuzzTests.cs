using CodeEmbed.ModelFiles;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Loading;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers;
using CodeEmbed.Tests.Onnx;
using CodeEmbed.Tests.Staged;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace CodeEmbed.Tests.Hostile;

/// <summary>Model files with false descriptions of the model.</summary>
[Collection(Alone.Name)]
public sealed class ModelFileFuzzTests : IDisposable
{
    private const string Text = "def add(a, b):\n    return a + b  # <mask> \ud800 ſK 12345\r\n\tß😀";

    private static readonly string[] VocabularyFiles =
        ["vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json"];

    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    [Fuzz]
    public void A_changed_config_is_read_or_refused() => new FuzzRun("config", MakeConfig, OpenEncoder, IsNamed).Run(100);

    [Fact]
    [Fuzz]
    public void Changed_files_of_sentence_transformers_are_read_or_refused() =>
        new FuzzRun("sentence-transformers", MakeSentenceTransformer, ReadSentenceTransformer, IsNamed).Run(80);

    [Fact]
    [Fuzz]
    public void A_changed_tokenizer_json_is_read_or_refused() =>
        new FuzzRun("tokenizer", MakeTokenizerJson, Encode, IsNamed).Run(80);

    [Fact]
    [Fuzz]
    public void Changed_files_of_a_vocabulary_are_read_or_refused() =>
        new FuzzRun("vocabulary", MakeVocabulary, Encode, IsNamed).Run(80);

    [Fact]
    [Fuzz]
    public void Changed_word_pieces_are_read_or_refused()
    {
        File.Delete(_model.File("vocab.json"));
        File.Delete(_model.File("merges.txt"));
        File.Delete(_model.File("special_tokens_map.json"));
        new FuzzRun("word-pieces", MakeWordPieces, Encode, IsNamed).Run(80);
    }

    [Fact]
    [Fuzz]
    public void A_model_with_any_file_changed_embeds_or_is_refused() =>
        new FuzzRun("model", MakeModel, made => Embed(made, EmbeddingPrecision.Float32), IsNamedError).Run(25);

    [Fact]
    [Fuzz]
    public void A_model_with_any_file_changed_embeds_in_int8_or_is_refused() =>
        new FuzzRun("model-int8", MakeModel, made => Embed(made, EmbeddingPrecision.Int8), IsNamedError).Run(25);

    private static FuzzCase MakeConfig(Random random) => Change(random, "config.json");

    private static FuzzCase MakeTokenizerJson(Random random)
    {
        if (random.Next(2) == 0)
            return Change(random, "tokenizer.json");

        // The vocabulary is most of the file; here it is small, so that the rest changes.
        byte[] small =
            """
            {"version":"1.0","added_tokens":[
            {"id":4,"content":"<s>","single_word":true,"lstrip":true,"rstrip":true,"normalized":false,"special":true}],
            "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"NFKD"}]},
            "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},
            {"type":"Split","pattern":{"Regex":"[^\\s\\p{L}]+|\\p{N}{1,3}(?!\\S)|(?i:'s|k)"},"behavior":"Isolated",
            "invert":false},
            {"type":"Split","pattern":{"String":" "},"behavior":"MergedWithNext","invert":true},
            {"type":"ByteLevel","add_prefix_space":true,"use_regex":false}]},
            "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},
            {"Sequence":{"id":"A","type_id":0}}],
            "special_tokens":{"<s>":{"id":"<s>","ids":[4],"tokens":["<s>"]}}},
            "model":{"type":"BPE","unk_token":"a","fuse_unk":true,"ignore_merges":true,
            "vocab":{"a":0,"b":1,"c":2,"ab":3},"merges":["a b"]}}
            """u8.ToArray();
        byte[] wordPiece =
            """
            {"version":"1.0","added_tokens":[
            {"id":5,"content":"<mask>","single_word":true,"lstrip":true,"rstrip":true,"normalized":true,"special":true}],
            "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,
            "lowercase":true},
            "pre_tokenizer":{"type":"BertPreTokenizer"},
            "post_processor":{"type":"BertProcessing","sep":["a",1],"cls":["d",2]},
            "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
            "vocab":{"[UNK]":0,"a":1,"d":2,"##d":3,"de":4}}}
            """u8.ToArray();
        if (random.Next(2) == 0)
            small = wordPiece;

        return new FuzzCase(
            "tokenizer.json",
            ("tokenizer.json", random.Next(4) == 0 ? ByteMutation.Change(random, small) : JsonMutation.Change(random, small)));
    }

    private static FuzzCase MakeVocabulary(Random random) => Change(random, VocabularyFiles[random.Next(VocabularyFiles.Length)]);

    private static FuzzCase MakeWordPieces(Random random)
    {
        byte[] words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##d\ndef\n"u8.ToArray();
        byte[] config =
            """
            {"do_lower_case":true,"strip_accents":null,"unk_token":"[UNK]",
            "added_tokens_decoder":{"9":{"content":"x","lstrip":true}}}
            """u8.ToArray();
        return random.Next(2) == 0
            ? new FuzzCase("vocab.txt", ("vocab.txt", ByteMutation.Change(random, words)), ("tokenizer_config.json", config))
            : new FuzzCase("vocab.txt", ("vocab.txt", words), ("tokenizer_config.json", JsonMutation.Change(random, config)));
    }

    private static FuzzCase MakeSentenceTransformer(Random random)
    {
        (string Name, byte[] Bytes)[] files =
        [
            (
                "modules.json",
                """
                [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
                {"idx":1,"name":"1","path":"pooling","type":"sentence_transformers.models.Pooling"},
                {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]
                """u8.ToArray()),
            (
                "pooling/config.json",
                """
                {"word_embedding_dimension":64,"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false,
                "include_prompt":false}
                """u8.ToArray()),
            (
                "config_sentence_transformers.json",
                """{"prompts":{"query":"q: ","document":""},"default_prompt_name":"query"}"""u8.ToArray()),
            ("sentence_bert_config.json", """{"max_seq_length":128,"do_lower_case":false}"""u8.ToArray()),
        ];
        int changed = random.Next(files.Length);
        files[changed].Bytes = random.Next(4) == 0
            ? ByteMutation.Change(random, files[changed].Bytes)
            : JsonMutation.Change(random, files[changed].Bytes);
        return new FuzzCase(files[changed].Name, files);
    }

    private static FuzzCase MakeModel(Random random) => random.Next(6) switch
    {
        0 => MakeConfig(random),
        1 => MakeSentenceTransformer(random),
        2 => MakeTokenizerJson(random),
        3 => MakeVocabulary(random),
        4 => new FuzzCase(
            "changed weights",
            (
                "model.safetensors",
                ByteMutation.Change(random, File.ReadAllBytes(Repository.Fixture("tiny-roberta/model.safetensors"))))),
        _ => new FuzzCase("weights without meaning", ("model.safetensors", Poison(random))),
    };

    /// <summary>Overwrites some of the weights with NaN, infinity or the largest number.</summary>
    private static byte[] Poison(Random random)
    {
        SafetensorsBuilder weights = SafetensorsBuilder.Read(Repository.Fixture("tiny-roberta/model.safetensors"));
        float[] values = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon];
        for (int i = random.Next(1, 20); i > 0; i--)
        {
            byte[] data = weights.Data(weights.Names[random.Next(weights.Names.Count)]);
            BitConverter.TryWriteBytes(data.AsSpan(random.Next(data.Length / 4) * 4), values[random.Next(values.Length)]);
        }

        return weights.Build();
    }

    private static FuzzCase Change(Random random, string name)
    {
        byte[] bytes = File.ReadAllBytes(Repository.Fixture($"tiny-roberta/{name}"));
        bool isJson = name.EndsWith(".json", StringComparison.Ordinal) && random.Next(4) > 0;
        return new FuzzCase(name, (name, isJson ? JsonMutation.Change(random, bytes) : ByteMutation.Change(random, bytes)));
    }

    private void OpenEncoder(FuzzCase made) => With(made, folder =>
    {
        _ = ConfigSummary.Read(folder);
        ModelSummary summary = new OnnxModelInspector().Inspect(folder.Path);
        Assert.True(summary.Dimensions is null or > 0, $"{summary.Dimensions} dimensions");
        Assert.True(summary.MaxLength is null or > 0, $"{summary.MaxLength} tokens");
        CheckpointSource.Open(folder, length: null, CancellationToken.None).Dispose();
    });

    private void ReadSentenceTransformer(FuzzCase made) => With(made, folder =>
    {
        new OnnxModelInspector().Inspect(folder.Path);
        SentenceTransformer model = SentenceTransformer.Read(folder);
        Assert.StartsWith(folder.Path, Path.GetFullPath(model.Transformer.Path), StringComparison.Ordinal);
        model.FindPrompt(new EmbeddingServiceOptions { Model = folder.Path });
    });

    private void Encode(FuzzCase made) => With(made, folder =>
    {
        Tokenizer tokenizer = TokenizerReader.Read(folder);
        Assert.InRange(tokenizer.LargestId, 0, int.MaxValue);
        tokenizer.Encode(Text, 512, CancellationToken.None);
        tokenizer.Encode(new string('a', 5000), 512, CancellationToken.None);
    });

    private void Embed(FuzzCase made, EmbeddingPrecision precision) => With(made, _ =>
    {
        using var service = new OnnxEmbeddingService(_model.Options with { Precision = precision });
        Assert.All(service.EmbedBatch([Snippets.Of(Text)]).Single().Vector, value => Assert.True(float.IsFinite(value)));
    });

    /// <summary>Runs an action on the model while some of its files are replaced.</summary>
    private void With(FuzzCase made, Action<ModelFolder> use)
    {
        var before = new Dictionary<string, byte[]?>();
        try
        {
            foreach ((string name, byte[] bytes) in made.Files)
            {
                before[name] = File.Exists(_model.File(name)) ? File.ReadAllBytes(_model.File(name)) : null;
                Directory.CreateDirectory(Path.GetDirectoryName(_model.File(name))!);
                File.WriteAllBytes(_model.File(name), bytes);
            }

            use(new ModelFolder(_model.Path, ModelCopy.Name));
        }
        finally
        {
            foreach ((string name, byte[]? bytes) in before)
            {
                if (bytes is null)
                    File.Delete(_model.File(name));
                else
                    File.WriteAllBytes(_model.File(name), bytes);
            }
        }
    }

    private static bool IsNamed(Exception exception) => exception is ModelFormatException or TimeoutException;

    /// <summary>The inner exception must also be expected, so that its message is meaningful.</summary>
    private static bool IsNamedError(Exception exception) => exception is ModelLoadException or EmbeddingException
        && exception.InnerException
            is null or ModelFormatException or OnnxRuntimeException or NotFiniteNumberException or TimeoutException;
}
