using System.Text;
using System.Text.Json;
using CodeEmbed.Errors;
using Microsoft.ML.Tokenizers;

namespace CodeEmbed.Onnx.Tokenizers.Models;

/// <summary>Byte-pair encoding of bytes: <c>BPE</c> in Hugging Face's tokenizers, after ByteLevel.</summary>
internal sealed class BpeModel : TokenizerModel, IStage<TokenizerModel>
{
    /// <summary>
    ///   Words of at least this length, in UTF-16 units, are not encoded by the library; see <see cref="PairMerger"/>.
    /// </summary>
    private const int LongWord = 4096;

    private readonly BpeTokenizer _bpe;
    private readonly Lazy<PairMerger> _longWords;
    private readonly int?[] _byteIds;
    private readonly int _longestToken;

    /// <summary>Creates a model.</summary>
    /// <param name="source">The name of its source, for messages.</param>
    /// <param name="vocabulary">The tokens in the byte-level alphabet and their ids.</param>
    /// <param name="merges">The merges in order of priority; each is two tokens separated by a space.</param>
    /// <exception cref="ModelFormatException">The vocabulary and the merges contradict each other.</exception>
    public BpeModel(string source, IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<string> merges)
    {
        (Source, Vocabulary, Merges) = (source, vocabulary, merges);
        _longWords = new Lazy<PairMerger>(() => new PairMerger(source, vocabulary, merges));
        _byteIds =
        [
            .. ByteLevelAlphabet.Characters.Select(
                character => vocabulary.TryGetValue(character.ToString(), out int id) ? id : (int?)null),
        ];
        _longestToken = vocabulary.Keys.Max(token => token.Length);
        try
        {
            _bpe = BpeTokenizer.Create(new BpeOptions(vocabulary) { Merges = merges, ByteLevel = true });
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ModelFormatException(
                $"the vocabulary and the merges in {source} do not match: {DescribeMisfit()}.", e);
        }
    }

    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["BPE"];

    /// <summary>The name of its source, for messages.</summary>
    public string Source { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <summary>The merges in order of priority; each is two tokens separated by a space.</summary>
    public IReadOnlyList<string> Merges { get; }

    /// <summary>Whether a word that is a token becomes that token, whatever the merges.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>The id for a byte that the vocabulary lacks, or <see langword="null"/> if such bytes are skipped.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Whether consecutive bytes that the vocabulary lacks share one id.</summary>
    public bool FuseUnknown { get; init; }

    /// <inheritdoc/>
    public override bool ReadsBytes => true;

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of(
        "BPE",
        [
            IgnoreMerges, UnknownId ?? -1, FuseUnknown, Vocabulary.Count,
            .. Vocabulary.OrderBy(entry => entry.Value).SelectMany(entry => new object[] { entry.Value, entry.Key }), .. Merges,
        ]);

    /// <inheritdoc/>
    public static TokenizerModel Read(TokenizerJsonObject json)
    {
        if (json.Find("dropout") is { } dropout && !(dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() == 0))
        {
            throw new ModelFormatException(
                $"{json.NameOf("dropout")} is not 0 in {TokenizerJson.FileName}: ids would be random.");
        }

        foreach (string affix in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (json.Find(affix) is not null && json.String(affix).Length > 0)
            {
                throw new ModelFormatException(
                    $"{json.NameOf(affix)} is {MessageText.Quote(json.String(affix))} in {TokenizerJson.FileName}; byte-level "
                    + "BPE has none.");
            }
        }

        Dictionary<string, int> vocabulary = Tokenizers.Vocabulary.Read(json);
        bool lacksBytes = ByteLevelAlphabet.Characters.Any(character => !vocabulary.ContainsKey(character.ToString()));
        bool hasUnknown = lacksBytes && json.Find("unk_token") is not null;
        if (lacksBytes && json.Boolean("byte_fallback", missing: false))
        {
            return new CharacterBpeModel(TokenizerJson.FileName, vocabulary, ReadMerges(json))
            {
                IgnoreMerges = json.Boolean("ignore_merges", missing: false),
                UnknownId = hasUnknown ? FindUnknown(json.String("unk_token"), vocabulary) : null,
                FuseUnknown = hasUnknown && json.Boolean("fuse_unk", missing: false),
            };
        }

        return new BpeModel(TokenizerJson.FileName, vocabulary, ReadMerges(json))
        {
            IgnoreMerges = json.Boolean("ignore_merges", missing: false),
            UnknownId = hasUnknown ? FindUnknown(json.String("unk_token"), vocabulary) : null,
            FuseUnknown = hasUnknown && json.Boolean("fuse_unk", missing: false),
        };
    }

    /// <summary>
    ///   The merges in order; if a pair occurs twice, its last position counts, as in Hugging Face's tokenizers.
    /// </summary>
    public static string[] KeepLast(IEnumerable<string> merges)
    {
        var lastPlaces = new Dictionary<string, int>();
        int place = 0;
        foreach (string merge in merges)
            lastPlaces[merge] = place++;

        return [.. lastPlaces.OrderBy(entry => entry.Value).Select(entry => entry.Key)];
    }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> word, List<int> ids, CancellationToken cancellationToken)
    {
        if (IgnoreMerges && FindToken(word) is { } id)
        {
            ids.Add(id);
        }
        else if (word.Length < LongWord && UnknownId is null)
        {
            ids.AddRange(EncodeShort(word));
        }
        else
        {
            EncodeLong(word, ids, cancellationToken);
        }
    }

    /// <summary>Encodes a word of any length with the merges.</summary>
    /// <param name="word">The word.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    internal void EncodeLong(ReadOnlySpan<char> word, List<int> ids, CancellationToken cancellationToken) =>
        _longWords.Value.Encode(FindSymbols(ToUtf8(word)), ids, cancellationToken);

    /// <summary>The tokens of the bytes.</summary>
    /// <remarks>
    ///   A byte that the vocabulary lacks becomes the unknown token, or no token if the model has no unknown token,
    ///   as in Hugging Face's tokenizers.
    /// </remarks>
    private ReadOnlySpan<int> FindSymbols(ReadOnlySpan<byte> utf8)
    {
        var symbols = new int[utf8.Length];
        int count = 0;
        bool afterUnknown = false;
        foreach (byte value in utf8)
        {
            if (_byteIds[value] is { } id)
                symbols[count++] = id;
            else if (UnknownId is { } unknown && !(afterUnknown && FuseUnknown))
                symbols[count++] = unknown;

            afterUnknown = _byteIds[value] is null;
        }

        return symbols.AsSpan(0, count);
    }

    private IReadOnlyList<int> EncodeShort(ReadOnlySpan<char> word)
    {
        try
        {
            return _bpe.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ModelFormatException(
                $"the vocabulary in {Source} has no tokens for {MessageText.Quote(word.ToString())}.", e);
        }
    }

    /// <summary>The id of a word that is a token.</summary>
    private int? FindToken(ReadOnlySpan<char> word)
    {
        // A token has one character for each byte of the word.
        if (word.Length > _longestToken)
            return null;

        byte[] utf8 = ToUtf8(word);
        string token = string.Create(utf8.Length, utf8, (characters, bytes) =>
        {
            for (int i = 0; i < characters.Length; i++)
                characters[i] = ByteLevelAlphabet.Characters[bytes[i]];
        });
        return Vocabulary.TryGetValue(token, out int id) ? id : null;
    }

    private static byte[] ToUtf8(ReadOnlySpan<char> word)
    {
        var utf8 = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, utf8);
        return utf8;
    }

    private static int FindUnknown(string token, Dictionary<string, int> vocabulary) => vocabulary.TryGetValue(token, out int id)
        ? id
        : throw new ModelFormatException(
            $"the unk_token {MessageText.Quote(token)} is missing in model.vocab in {TokenizerJson.FileName}, which lacks "
            + "bytes.");

    /// <summary>A merge is two tokens separated by a space, or a list of two tokens.</summary>
    private static string[] ReadMerges(TokenizerJsonObject json) => KeepLast(json.Array("merges").Select(merge =>
    {
        string[] pair = merge.ValueKind switch
        {
            JsonValueKind.String => merge.GetString()!.Split(' '),
            JsonValueKind.Array when merge.EnumerateArray().All(token => token.ValueKind == JsonValueKind.String) =>
                [.. merge.EnumerateArray().Select(token => token.GetString()!)],
            _ => [],
        };

        // The byte-level alphabet has no space.
        return pair.Length == 2 && pair.All(token => token.Length > 0 && !token.Contains(' '))
            ? string.Join(' ', pair)
            : throw new ModelFormatException(
                $"an element of {json.NameOf("merges")} is not a pair of tokens in {TokenizerJson.FileName}.");
    }));

    /// <summary>The first merge that names a token which the vocabulary lacks.</summary>
    private string DescribeMisfit()
    {
        string? merge = Merges.FirstOrDefault(merge => merge.Split(' ') is not [var left, var right]
            || !new[] { left, right, left + right }.All(Vocabulary.ContainsKey));
        return merge is null
            ? "the vocabulary is not for byte-level BPE"
            : $"the merge {MessageText.Quote(merge)} names a token that the vocabulary lacks";
    }
}
