using BenchmarkDotNet.Attributes;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers.Models;
using Microsoft.ML.Tokenizers;
using Tokenizer = CodeEmbed.Onnx.Tokenizers.Tokenizer;
using TokenizerReader = CodeEmbed.Onnx.Tokenizers.TokenizerReader;
using TokenSequence = CodeEmbed.Onnx.Tokenizers.TokenSequence;

namespace CodeEmbed.Benchmarks;

/// <summary>Tokenising, compared with Microsoft.ML.Tokenizers alone.</summary>
[MemoryDiagnoser]
public class TokenisingBenchmarks
{
    private string[] _texts = [];
    private BpeTokenizer? _bpe;
    private Tokenizer? _ours;

    [GlobalSetup]
    public void Setup()
    {
        _ours = TokenizerReader.Read(new ModelFolder(Corpus.Model, Path.GetFileName(Corpus.Model)));
        var model = (BpeModel)_ours.Model;
        _bpe = BpeTokenizer.Create(new BpeOptions(model.Vocabulary)
        {
            Merges = model.Merges,
            ByteLevel = true,
            PreTokenizer = RobertaPreTokenizer.Instance,
        });

        // With this setup, the library supports no added tokens, and the sources of our tokenizer contain some.
        _texts =
        [
            .. Corpus.Snippets.Select(snippet => snippet.Content)
                .Where(text => !_ours.AddedTokens.Any(token => text.Contains(token.Content))),
        ];
        if (!_texts.All(text => _bpe.EncodeToIds(text).Select(id => (long)id).SequenceEqual(Encode(text).Ids[1..^1])))
            throw new InvalidOperationException("The tokenizers return different ids.");
    }

    [Benchmark(Baseline = true, Description = "Microsoft.ML.Tokenizers, BpeTokenizer")]
    public int Bpe() => _texts.Sum(text => _bpe!.EncodeToIds(text).Count);

    [Benchmark(Description = "CodeEmbed, Tokenizer")]
    public int Ours() => _texts.Sum(text => Encode(text).Ids.Length - 2);

    private TokenSequence Encode(string text) => _ours!.Encode(text, int.MaxValue, CancellationToken.None);
}
