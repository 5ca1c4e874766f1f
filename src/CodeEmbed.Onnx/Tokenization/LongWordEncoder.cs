using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Tokenization;

/// <summary>Byte-pair encoding of very long words, in n log n steps, and stoppable.</summary>
/// <remarks>
///   <para>
///     <c>BpeTokenizer</c> of Microsoft.ML.Tokenizers takes time by the square of a word's length: half a minute for 800,000
///     letters without a space, as packed or generated code may have. Shorter words are its.
///   </para>
///   <para>
///     The pair that was merged first in training is merged first, the leftmost where it stands several times: Sennrich et
///     al., "Neural Machine Translation of Rare Words with Subword Units", 2016, as Hugging Face's tokenizers carry it out.
///   </para>
/// </remarks>
internal sealed class LongWordEncoder
{
    private const int None = -1;

    /// <summary>After how many steps it looks whether to stop.</summary>
    private const int StepsBetweenChecks = 4096;

    private readonly int[] _byteIds;
    private readonly int? _unknownId;
    private readonly bool _fuseUnknown;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges;

    /// <summary>Prepares to encode.</summary>
    /// <exception cref="ModelFormatException">A token that the merges name, or a byte, is not in the vocabulary.</exception>
    public LongWordEncoder(TokenizerDefinition definition)
    {
        int Id(string token) => definition.Vocabulary.TryGetValue(token, out int id)
            ? id
            : throw new ModelFormatException($"the token '{token}' is missing in the vocabulary in {definition.Source}.");

        (_unknownId, _fuseUnknown) = (definition.UnknownId, definition.FuseUnknown);
        _byteIds = [.. ByteLevelAlphabet.Characters.Select(character => definition.Vocabulary.GetValueOrDefault(character.ToString(), None))];
        _merges = new Dictionary<(int Left, int Right), (int Rank, int Id)>(definition.Merges.Count);
        for (int rank = 0; rank < definition.Merges.Count; rank++)
        {
            string[] pair = definition.Merges[rank].Split(' ');
            if (pair.Length != 2)
                throw new ModelFormatException($"the line '{definition.Merges[rank]}' in {definition.Source} is no pair of tokens.");

            _merges[(Id(pair[0]), Id(pair[1]))] = (rank, Id(pair[0] + pair[1]));
        }
    }

    /// <summary>Encodes a word.</summary>
    /// <param name="utf8">The word's bytes.</param>
    /// <param name="ids">Gets the ids.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public void Encode(ReadOnlySpan<byte> utf8, List<int> ids, CancellationToken cancellationToken)
    {
        // A byte that the vocabulary lacks has the unknown token, or where there is none no token, as in Hugging Face's tokenizers.
        var symbols = new List<int>(utf8.Length);
        bool afterUnknown = false;
        foreach (byte value in utf8)
        {
            bool isUnknown = _byteIds[value] == None;
            if (!isUnknown)
                symbols.Add(_byteIds[value]);
            else if (_unknownId is { } unknown && !(afterUnknown && _fuseUnknown))
                symbols.Add(unknown);

            afterUnknown = isUnknown;
        }

        int[] id = [.. symbols];
        int[] next = [.. Enumerable.Range(1, id.Length)], previous = [.. Enumerable.Range(-1, id.Length)];
        var pairs = new PriorityQueue<(int Position, int Left, int Right), (int Rank, int Position)>();
        for (int i = 0; i + 1 < id.Length; i++)
        {
            if (i % StepsBetweenChecks == 0)
                cancellationToken.ThrowIfCancellationRequested();

            Offer(i, i + 1);
        }

        for (int merges = 0; pairs.TryDequeue(out (int Position, int Left, int Right) pair, out _); merges++)
        {
            if (merges % StepsBetweenChecks == 0)
                cancellationToken.ThrowIfCancellationRequested();

            // A pair of which a part was merged meanwhile is no longer there.
            int left = pair.Position, right = next[left];
            if (id[left] != pair.Left || right >= id.Length || id[right] != pair.Right)
                continue;

            id[left] = _merges[(pair.Left, pair.Right)].Id;
            id[right] = None;
            next[left] = next[right];
            if (next[left] < id.Length)
            {
                previous[next[left]] = left;
                Offer(left, next[left]);
            }

            if (previous[left] >= 0)
                Offer(previous[left], left);
        }

        ids.AddRange(id.Where(value => value != None));

        void Offer(int left, int right)
        {
            if (_merges.TryGetValue((id[left], id[right]), out (int Rank, int Id) merge))
                pairs.Enqueue((left, id[left], id[right]), (merge.Rank, left));
        }
    }
}
