using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Vectors;

/// <summary>
///   Reads the part of an embedding's line that a search needs, and checks the rest as strictly as <see
///   cref="Lines.EmbeddingRecordParser"/> does. Unusual lines are left to that class: names with escapes or that occur twice,
///   and every error.
/// </summary>
/// <param name="line">The line: valid UTF-8, without its end.</param>
internal ref struct VectorLine(ReadOnlySpan<byte> line)
{
    private static readonly SearchValues<byte> EndOfPlain =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (byte)code), (byte)'"', (byte)'\\']);

    private readonly ReadOnlySpan<byte> _line = line;
    private int _at;
    private Names _found;

    [Flags]
    private enum Names
    {
        None = 0,
        Id = 1,
        FilePath = 1 << 1,
        Language = 1 << 2,
        Content = 1 << 3,
        ContentDigest = 1 << 4,
        Vector = 1 << 5,
        ModelName = 1 << 6,
        Precision = 1 << 7,
        Normalized = 1 << 8,
        TokenCount = 1 << 9,
        TruncatedTokens = 1 << 10,
        Fingerprint = 1 << 11,
        Required = Id | FilePath | Language | Vector | ModelName | Precision | Normalized | TokenCount | TruncatedTokens
            | Fingerprint,
    }

    /// <summary>Where the vector is in the line, with its name and not with the comma after it.</summary>
    public Range Vector { get; private set; }

    /// <summary>Where the language is in the line, its quotes included.</summary>
    public Range Language { get; private set; }

    /// <summary>Where the file's path is in the line, its quotes included.</summary>
    public Range FilePath { get; private set; }

    /// <summary>Where the fingerprint is in the line, its quotes included.</summary>
    public Range Fingerprint { get; private set; }

    /// <summary>Reads the line.</summary>
    /// <param name="vector">Receives the vector; it has the length that the vector must have.</param>
    /// <returns>Whether it is an embedding with such a vector; <see langword="false"/> also if that is not known.</returns>
    public bool TryRead(Span<float> vector) => TryRead(vector, Names.Required);

    /// <summary>Reads a line whose vector is elsewhere.</summary>
    /// <returns>Whether it is an embedding apart from the vector; <see langword="false"/> also if that is not known.</returns>
    public bool TryReadWithoutVector() => TryRead([], Names.Required & ~Names.Vector);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryRead(Span<float> vector, Names required)
    {
        if (!TryTake('{'))
            return false;

        do
        {
            SkipSpace();
            int start = _at;
            if (!TrySkipString(out bool isPlain) || !isPlain)
                return false;

            Names name = Identify(_line[(start + 1)..(_at - 1)]);
            if (!TryTake(':') || (_found & name) != 0)
                return false;

            SkipSpace();
            _found |= name;
            if (!TryReadValue(name, vector))
                return false;

            if (name == Names.Vector)
                Vector = start.._at;
        }
        while (TryTake(','));

        if (!TryTake('}'))
            return false;

        SkipSpace();
        return _at == _line.Length && (_found & required) == required
            && (_found & (Names.Content | Names.ContentDigest)) != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Names Identify(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when name.SequenceEqual("id"u8) => Names.Id,
        6 when name.SequenceEqual("vector"u8) => Names.Vector,
        7 when name.SequenceEqual("content"u8) => Names.Content,
        8 when name.SequenceEqual("language"u8) => Names.Language,
        9 when name.SequenceEqual("file_path"u8) => Names.FilePath,
        9 when name.SequenceEqual("precision"u8) => Names.Precision,
        10 when name.SequenceEqual("model_name"u8) => Names.ModelName,
        10 when name.SequenceEqual("normalized"u8) => Names.Normalized,
        11 when name.SequenceEqual("token_count"u8) => Names.TokenCount,
        11 when name.SequenceEqual("fingerprint"u8) => Names.Fingerprint,
        14 when name.SequenceEqual("content_sha256"u8) => Names.ContentDigest,
        16 when name.SequenceEqual("truncated_tokens"u8) => Names.TruncatedTokens,
        _ => Names.None,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryReadValue(Names name, Span<float> vector)
    {
        int start = _at;
        switch (name)
        {
            case Names.Vector:
                return TryReadVector(vector);
            case Names.Normalized:
                return TrySkipWord("true"u8) || TrySkipWord("false"u8);
            case Names.TokenCount or Names.TruncatedTokens:
                return TrySkipCount();
            case Names.None or Names.ContentDigest:
                return TrySkipValue();
        }

        if (!TrySkipString(out bool isPlain))
            return false;

        switch (name)
        {
            case Names.Language:
                Language = start.._at;
                break;
            case Names.FilePath:
                FilePath = start.._at;
                break;
            case Names.Fingerprint:
                Fingerprint = start.._at;
                return isPlain;
            case Names.Precision:
                ReadOnlySpan<byte> text = _line[(start + 1)..(_at - 1)];
                return text.SequenceEqual("float32"u8) || text.SequenceEqual("int8"u8) || text.SequenceEqual("float16"u8);
            case Names.Id:
                return _at - start > 2;
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryReadVector(Span<float> vector)
    {
        if (_at < _line.Length && _line[_at] == '"')
            return TryReadBase64(vector);

        if (!TryTake('['))
            return false;

        for (int i = 0; i < vector.Length; i++)
        {
            if (i > 0 && !TryTake(','))
                return false;

            SkipSpace();
            int length = _line.Length - _at < FloatText.UsualLength
                ? 0
                : FloatText.ReadUsual(ref Unsafe.Add(ref MemoryMarshal.GetReference(_line), _at), out vector[i]);
            if (length == 0)
                length = FloatText.Read(_line[_at..], out vector[i]);

            if (length == 0)
                return false;

            _at += length;
        }

        return TryTake(']');
    }

    private bool TryReadBase64(Span<float> vector)
    {
        if (!VectorBase64.TryRead(_line[(_at + 1)..], vector, out int length))
            return false;

        _at += 1 + length;
        return TryTake('"');
    }

    /// <summary>Skips a whole number that is not too large for an <see cref="int"/>, whatever its digits are.</summary>
    private bool TrySkipCount()
    {
        const int Digits = 9;
        int start = _at;
        while (_at < _line.Length && char.IsAsciiDigit((char)_line[_at]))
            _at++;

        return _at - start is 1 or (> 1 and <= Digits) && (_at - start == 1 || _line[start] != '0');
    }

    private bool TrySkipWord(ReadOnlySpan<byte> word)
    {
        if (!_line[_at..].StartsWith(word))
            return false;

        _at += word.Length;
        return true;
    }

    private bool TrySkipValue()
    {
        if (_at < _line.Length && _line[_at] == '"')
            return TrySkipString(out _);

        try
        {
            // One level of the depth is the record itself.
            var options = new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth - 1 };
            var reader = new Utf8JsonReader(_line[_at..], isFinalBlock: false, new JsonReaderState(options));
            if (!reader.Read() || !reader.TrySkip())
                return false;

            _at += (int)reader.BytesConsumed;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TrySkipString(out bool isPlain)
    {
        isPlain = true;
        if (_at >= _line.Length || _line[_at] != '"')
            return false;

        _at++;
        while (true)
        {
            int plain = _line[_at..].IndexOfAny(EndOfPlain);
            if (plain < 0)
                return false;

            _at += plain;
            switch (_line[_at])
            {
                case (byte)'"':
                    _at++;
                    return true;
                case (byte)'\\' when TrySkipEscape():
                    isPlain = false;
                    break;
                default:
                    return false;
            }
        }
    }

    private bool TrySkipEscape()
    {
        const int LengthOfCode = 6;
        ReadOnlySpan<byte> escape = _line[_at..];
        if (escape.Length < 2)
            return false;

        if (escape[1] != 'u')
        {
            _at += 2;
            return "\"\\/bfnrt"u8.Contains(escape[1]);
        }

        _at += LengthOfCode;
        return escape.Length > LengthOfCode && IsHexadecimal(escape[2..LengthOfCode]);
    }

    private static bool IsHexadecimal(ReadOnlySpan<byte> text)
    {
        foreach (byte character in text)
        {
            if (!char.IsAsciiHexDigit((char)character))
                return false;
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(char expected)
    {
        if (_at < _line.Length && _line[_at] <= ' ')
            SkipSpace();

        if (_at >= _line.Length || _line[_at] != expected)
            return false;

        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _line.Length && _line[_at] is (byte)' ' or (byte)'\t' or (byte)'\r')
            _at++;
    }
}
