using System.Runtime.InteropServices;
using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.Models;

/// <summary>
///   Byte-pair encoding of characters: <c>BPE</c> in Hugging Face's tokenizers with <c>byte_fallback</c>. A character that is
///   not a token becomes the tokens for its bytes, <c>&lt;0x00&gt;</c> and so on.
/// </summary>
internal sealed class CharacterBpeModel : TokenizerModel
{
    private readonly PairMerger _merger;
    private readonly IReadOnlyList<string> _merges;
    private readonly Dictionary<Rune, int> _characterIds = [];
    private readonly int?[] _byteIds;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;

    /// <summary>Creates a model.</summary>
    /// <param name="source">The name of its source, for messages.</param>
    /// <param name="vocabulary">The tokens and their ids.</param>
    /// <param name="merges">The merges in order of priority; each is two tokens separated by a space.</param>
    /// <exception cref="ModelFormatException">The vocabulary and the merges contradict each other.</exception>
    public CharacterBpeModel(string source, Dictionary<string, int> vocabulary, IReadOnlyList<string> merges)
    {
        (Vocabulary, _merges) = (vocabulary, merges);
        _merger = new PairMerger(source, vocabulary, merges);
        _ids = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _byteIds =
        [
            .. Enumerable.Range(0, 256).Select(
                value => vocabulary.TryGetValue($"<0x{value:X2}>", out int id) ? id : (int?)null),
        ];
        foreach ((string token, int id) in vocabulary)
        {
            if (Rune.TryGetRuneAt(token, 0, out Rune character) && character.Utf16SequenceLength == token.Length)
                _characterIds.Add(character, id);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <summary>Whether a word that is a token becomes that token, whatever the merges.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>
    ///   The id for a character without tokens for itself or all of its bytes, or <see langword="null"/> if such characters are
    ///   skipped.
    /// </summary>
    public int? UnknownId { get; init; }

    /// <summary>Whether consecutive unknown characters share one id.</summary>
    public bool FuseUnknown { get; init; }

    /// <inheritdoc/>
    public override bool ReadsBytes => false;

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of(
        "CharacterBPE",
        [
            IgnoreMerges, UnknownId ?? -1, FuseUnknown, Vocabulary.Count,
            .. Vocabulary.OrderBy(entry => entry.Value).SelectMany(entry => new object[] { entry.Value, entry.Key }), .. _merges,
        ]);

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> word, List<int> ids, CancellationToken cancellationToken)
    {
        if (IgnoreMerges && _ids.TryGetValue(word, out int id))
            ids.Add(id);
        else
            _merger.Encode(FindSymbols(word), ids, cancellationToken);
    }

    /// <summary>The tokens of the characters, before any is merged.</summary>
    private ReadOnlySpan<int> FindSymbols(ReadOnlySpan<char> word)
    {
        var symbols = new List<int>(word.Length);
        Span<byte> utf8 = stackalloc byte[4];
        bool afterUnknown = false;
        foreach (Rune character in word.EnumerateRunes())
        {
            if (_characterIds.TryGetValue(character, out int id))
            {
                symbols.Add(id);
                afterUnknown = false;
                continue;
            }

            ReadOnlySpan<byte> bytes = utf8[..character.EncodeToUtf8(utf8)];
            bool isUnknown = !TryAddBytes(bytes, symbols);
            if (isUnknown && UnknownId is { } unknown && !(afterUnknown && FuseUnknown))
                symbols.Add(unknown);

            afterUnknown = isUnknown;
        }

        return CollectionsMarshal.AsSpan(symbols);
    }

    private bool TryAddBytes(ReadOnlySpan<byte> bytes, List<int> symbols)
    {
        foreach (byte value in bytes)
        {
            if (_byteIds[value] is null)
                return false;
        }

        foreach (byte value in bytes)
            symbols.Add(_byteIds[value]!.Value);

        return true;
    }
}
