using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>Replaces characters with a map from SentencePiece: <c>Precompiled</c> in Hugging Face's tokenizers.</summary>
/// <remarks>
///   Like the crate spm_precompiled, and unlike SentencePiece, it processes extended grapheme clusters. A cluster of fewer than 6
///   bytes is replaced as a whole by the replacement for the shortest entry that it begins with; a longer one, or one that does
///   not begin with an entry, is replaced letter by letter.
/// </remarks>
internal sealed class PrecompiledNormalizer : Normalizer, IStage<Normalizer>
{
    private const string Member = "precompiled_charsmap";

    /// <summary>A cluster of this many UTF-8 bytes is not replaced as a whole.</summary>
    private const int LongCluster = 6;

    private readonly CharacterMap _map;
    private readonly string _hash;

    /// <summary>The ASCII characters that do not change if another one follows them.</summary>
    private readonly SearchValues<char> _plain;

    private PrecompiledNormalizer(CharacterMap map, string hash)
    {
        (_map, _hash) = (map, hash);

        // CR joins the LF after it.
        IEnumerable<int> plain =
            Enumerable.Range(0, 0x80).Where(value => value != '\r' && !map.TryFind([(byte)value], out _));
        _plain = SearchValues.Create([.. plain.Select(value => (char)value)]);
    }

    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["Precompiled"];

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of("Precompiled", _hash);

    /// <inheritdoc/>
    public static Normalizer Read(TokenizerJsonObject json)
    {
        try
        {
            byte[] bytes = Convert.FromBase64String(json.String(Member));
            return new PrecompiledNormalizer(CharacterMap.Read(bytes), Convert.ToHexString(SHA256.HashData(bytes)));
        }
        catch (FormatException e)
        {
            throw new ModelFormatException($"{json.NameOf(Member)} is not base64 in {TokenizerJson.FileName}.", e);
        }
        catch (InvalidDataException e)
        {
            throw new ModelFormatException($"{json.NameOf(Member)} is damaged in {TokenizerJson.FileName}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public override string Normalize(string text)
    {
        var normalized = new StringBuilder(text.Length);
        for (int position = 0; position < text.Length;)
        {
            int run = text.AsSpan(position).IndexOfAnyExcept(_plain);
            if (run < 0)
            {
                normalized.Append(text, position, text.Length - position);
                break;
            }

            // The last one may be the start of a cluster.
            if (run > 1)
            {
                normalized.Append(text, position, run - 1);
                position += run - 1;
            }

            int end = GraphemeClusters.FindEnd(text, position);
            AppendCluster(normalized, text.AsSpan(position..end));
            position = end;
        }

        return normalized.ToString();
    }

    private void AppendCluster(StringBuilder normalized, ReadOnlySpan<char> cluster)
    {
        // A UTF-16 unit is at least one byte.
        Span<byte> utf8 = stackalloc byte[LongCluster - 1];
        if (cluster.Length < LongCluster && Encoding.UTF8.TryGetBytes(cluster, utf8, out int length)
            && _map.TryFind(utf8[..length], out ReadOnlySpan<byte> whole))
        {
            normalized.Append(Encoding.UTF8.GetString(whole));
            return;
        }

        foreach (Rune rune in cluster.EnumerateRunes())
        {
            if (_map.TryFind(utf8[..rune.EncodeToUtf8(utf8)], out ReadOnlySpan<byte> replacement))
                normalized.Append(Encoding.UTF8.GetString(replacement));
            else
                normalized.Append(rune);
        }
    }
}
