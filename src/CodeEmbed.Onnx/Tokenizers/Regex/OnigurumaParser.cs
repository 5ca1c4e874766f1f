using System.Globalization;
using System.Text;
using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Tokenizers.Regex;

/// <summary>Parses a regular expression in Oniguruma's Ruby syntax (kkos/oniguruma, doc/RE), and converts it to .NET's.</summary>
/// <remarks>Sets of code points are not converted: they can be written only when all of them are known.</remarks>
internal sealed class OnigurumaParser
{
    private const int MaxLength = 4096, MaxDepth = 64, MaxRepeats = 1000;

    /// <summary>The openings of assertions; the last one is for a group that is not entered again.</summary>
    private static readonly string[] Assertions = ["?=", "?!", "?<=", "?<!", "?>"];

    /// <summary>
    ///   What a character and the next one can match together under <c>(?i)</c>; only sequences of ASCII letters.
    /// </summary>
    private static readonly string[] FoldedSequences = ["ss", "ff", "fi", "fl", "st"];

    private readonly string _pattern;
    private readonly List<(string Text, CodePointSet? Set)> _parts = [];
    private int _position;
    private int _atomics;
    private char _foldedBefore;

    private OnigurumaParser(string pattern) => _pattern = pattern;

    /// <summary>Parses a pattern.</summary>
    /// <returns>In order: text in .NET's syntax, and sets that a character must be in.</returns>
    /// <exception cref="ModelFormatException">The pattern is invalid, or is not known to mean the same in .NET.</exception>
    public static IReadOnlyList<(string Text, CodePointSet? Set)> Parse(string pattern)
    {
        if (pattern.Length > MaxLength)
            throw new ModelFormatException($"a pattern in {TokenizerJson.FileName} is longer than {MaxLength} characters.");

        var parser = new OnigurumaParser(pattern);
        parser.ReadAlternatives(ignoreCase: parser.Accept("(?i)"), depth: 0);
        return parser._position == pattern.Length ? parser._parts : throw parser.Refuse(")");
    }

    private void ReadAlternatives(bool ignoreCase, int depth)
    {
        if (depth > MaxDepth)
            throw Refuse("groups nested this deeply");

        _foldedBefore = '\0';
        while (_position < _pattern.Length && _pattern[_position] != ')')
        {
            if (Accept("|"))
            {
                Emit("|");
                _foldedBefore = '\0';
                continue;
            }

            int atom = _parts.Count, atomics = _atomics;
            if (ReadAtom(ignoreCase, depth))
                ReadQuantifier(atom, containsAtomic: _atomics > atomics);
        }
    }

    /// <summary>Parses an atom, which a quantifier may follow, or an assertion.</summary>
    /// <returns>Whether a quantifier may follow it.</returns>
    private bool ReadAtom(bool ignoreCase, int depth)
    {
        if (Accept("("))
            return ReadGroup(ignoreCase, depth);

        if (Accept("["))
        {
            Emit(ReadClass(ignoreCase, depth));
            _foldedBefore = '\0';
            return true;
        }

        if (Accept("."))
        {
            Emit(CodePointSet.AllButLineFeed);
            _foldedBefore = '\0';
            return true;
        }

        if (Accept("$"))
        {
            Emit("$");
            return false;
        }

        if (Accept("^"))
        {
            // No line begins after a line feed at the very end.
            Emit(@"(?:\A|^(?!\z))");
            return false;
        }

        if (_pattern[_position] is '*' or '+' or '?' or '{')
            throw Refuse(_pattern[_position].ToString());

        if (_pattern[_position] == '\\' && _position + 1 < _pattern.Length && _pattern[_position + 1] is 'A' or 'z' or 'Z')
        {
            Emit(_pattern.Substring(_position, 2));
            _position += 2;
            return false;
        }

        (CodePointSet? set, int codePoint) = ReadCharacter(inClass: false);
        if (set is not null)
        {
            if (ignoreCase)
                throw Refuse("(?i) with a class of characters");

            Emit(set);
            return true;
        }

        if (ignoreCase)
            CheckSequence(codePoint);

        Emit(ignoreCase ? Fold(codePoint) : CodePointSet.Range(codePoint, codePoint));
        return true;
    }

    private bool ReadGroup(bool ignoreCase, int depth)
    {
        bool repeatable = true;
        if (Accept("?i:"))
        {
            Emit("(?:");
            ignoreCase = true;
        }
        else if (Accept("?:"))
        {
            Emit("(?:");
        }
        else if (Assertions.FirstOrDefault(Accept) is { } kind)
        {
            repeatable = kind == "?>";
            _atomics += repeatable ? 1 : 0;
            Emit($"({kind}");
        }
        else if (_position < _pattern.Length && _pattern[_position] is '?' or '*')
        {
            throw Refuse($"({_pattern.AsSpan(_position, Math.Min(3, _pattern.Length - _position))}");
        }
        else
        {
            Emit("(?:");
        }

        ReadAlternatives(ignoreCase, depth + 1);
        if (!Accept(")"))
            throw Refuse("an open group");

        Emit(")");
        _foldedBefore = '\0';
        return repeatable;
    }

    private void ReadQuantifier(int atom, bool containsAtomic)
    {
        if (_position == _pattern.Length || _pattern[_position] is not ('*' or '+' or '?' or '{'))
            return;

        // .NET 10.0 enters (?>a+){2} again for (?>a+).
        if (containsAtomic)
            throw Refuse("a quantifier after a group that is not entered again");

        if (_foldedBefore is 's' or 'f')
            throw Refuse($"(?i) with a repeated '{_foldedBefore}'");

        if (Accept("{"))
        {
            Emit(ReadInterval(out bool isFixed));

            // In Oniguruma, the ? in {n}? and the + in {n,m}+ are separate quantifiers.
            if (!isFixed && Accept("?"))
                Emit("?");
        }
        else
        {
            Emit(_pattern[_position++].ToString());
            if (Accept("?"))
            {
                Emit("?");
            }
            else if (Accept("+"))
            {
                _atomics++;
                _parts.Insert(atom, ("(?>", null));
                Emit(")");
            }
        }

        if (_position < _pattern.Length && _pattern[_position] is '*' or '+' or '?' or '{')
            throw Refuse("a quantifier after a quantifier");
    }

    private string ReadInterval(out bool isFixed)
    {
        int end = _pattern.IndexOf('}', _position);
        string[] limits = end < 0 ? [] : _pattern[_position..end].Split(',');
        isFixed = limits.Length == 1;
        if (limits.Length is not (1 or 2) || limits.All(limit => limit.Length == 0)
            || !limits.All(limit => limit.Length is > 0 and < 5 && limit.All(char.IsAsciiDigit) || limit.Length == 0))
        {
            throw Refuse("{");
        }

        int least = limits[0].Length == 0 ? 0 : int.Parse(limits[0], CultureInfo.InvariantCulture);
        int? most = isFixed ? least : limits[1].Length == 0 ? null : int.Parse(limits[1], CultureInfo.InvariantCulture);
        if (Math.Max(least, most ?? 0) > MaxRepeats || most < least)
            throw Refuse($"{{{_pattern.AsSpan(_position, end + 1 - _position)}");

        _position = end + 1;
        return string.Create(CultureInfo.InvariantCulture, $"{{{least},{most}}}");
    }

    /// <summary>Parses a class in brackets, after the opening bracket.</summary>
    private CodePointSet ReadClass(bool ignoreCase, int depth)
    {
        if (depth > MaxDepth)
            throw Refuse("classes nested this deeply");

        bool negated = Accept("^");
        if (negated && ignoreCase)
            throw Refuse("(?i) with a class of characters that is negated");

        if (_position < _pattern.Length && _pattern[_position] == ']')
            throw Refuse("an empty class");

        var all = new CodePointSet([]);
        bool first = true;
        while (!Accept("]"))
        {
            if (_position == _pattern.Length)
                throw Refuse("an open class");

            all = all.Union(ReadMembers(ignoreCase, depth, first));
            first = false;
        }

        return negated ? all.Complement() : all;
    }

    private CodePointSet ReadMembers(bool ignoreCase, int depth, bool first)
    {
        if (_pattern.AsSpan(_position).StartsWith("[:") || _pattern.AsSpan(_position).StartsWith("&&"))
            throw Refuse(_pattern.Substring(_position, 2));

        if (Accept("["))
            return ReadClass(ignoreCase, depth + 1);

        // A hyphen that is not a range must be at the beginning or the end.
        if (_pattern[_position] == '-' && !first && !IsNext(1, ']'))
            throw Refuse("- in the middle of a class");

        (CodePointSet? set, int from) = ReadCharacter(inClass: true);
        if (set is not null)
            return ignoreCase ? throw Refuse("(?i) with a class of characters") : set;

        int to = from;
        if (IsNext(0, '-') && !IsNext(1, ']'))
        {
            _position++;
            if (_position == _pattern.Length || _pattern[_position] == '[')
                throw Refuse("an open range");

            (set, to) = ReadCharacter(inClass: true);
            if (set is not null || to < from)
                throw Refuse("a range without an end");
        }

        if (!ignoreCase)
            return CodePointSet.Range(from, to);

        // Each is folded, or refused if it is not ASCII.
        return Enumerable.Range(from, to - from + 1).Aggregate(
            new CodePointSet([]), (all, codePoint) => all.Union(Fold(codePoint)));
    }

    /// <summary>Parses a character, or an escape for a character or a set.</summary>
    private (CodePointSet? Set, int CodePoint) ReadCharacter(bool inClass)
    {
        var rune = Rune.GetRuneAt(_pattern, _position);
        _position += rune.Utf16SequenceLength;
        if (rune.Value != '\\')
            return (null, rune.Value);

        if (_position == _pattern.Length)
            throw Refuse(@"\");

        rune = Rune.GetRuneAt(_pattern, _position);
        _position += rune.Utf16SequenceLength;
        return rune.Value switch
        {
            's' => (CodePointSet.WhiteSpace, 0),
            'S' => (CodePointSet.WhiteSpace.Complement(), 0),
            'd' => (CodePointSet.Digits, 0),
            'D' => (CodePointSet.Digits.Complement(), 0),
            'w' => (inClass ? CodePointSet.Word : CodePointSet.WordAlone, 0),
            'W' => ((inClass ? CodePointSet.Word : CodePointSet.WordAlone).Complement(), 0),
            'h' => (CodePointSet.HexadecimalDigits, 0),
            'H' => (CodePointSet.HexadecimalDigits.Complement(), 0),
            'p' => (ReadProperty(negated: false), 0),
            'P' => (ReadProperty(negated: true), 0),
            't' => (null, '\t'),
            'n' => (null, '\n'),
            'v' => (null, '\v'),
            'f' => (null, '\f'),
            'r' => (null, '\r'),
            'a' => (null, '\a'),
            'e' => (null, 0x1B),
            'u' => (null, ReadHexadecimal(4)),
            'x' => (null, Accept("{") ? ReadHexadecimal(null) : ReadHexadecimal(2)),
            _ => Rune.IsLetterOrDigit(rune) ? throw Refuse($@"\{rune}") : (null, rune.Value),
        };
    }

    private CodePointSet ReadProperty(bool negated)
    {
        int end = _pattern.IndexOf('}', _position);
        if (!Accept("{") || end < 0)
            throw Refuse(@"\p without a name");

        if (Accept("^"))
            negated = !negated;

        string name = _pattern[_position..end];
        CodePointSet set = CodePointSet.OfCategory(name) ?? throw Refuse($@"\p{{{name}}}");
        _position = end + 1;
        return negated ? set.Complement() : set;
    }

    /// <summary>Parses a code point with this many digits, or with the digits up to a bracket.</summary>
    private int ReadHexadecimal(int? digits)
    {
        int end = digits is { } count
            ? Math.Min(_position + count, _pattern.Length)
            : Math.Max(_pattern.IndexOf('}', _position), _position);
        ReadOnlySpan<char> text = _pattern.AsSpan(_position, end - _position);
        bool read = int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int codePoint);

        // In Oniguruma, \x80 and above is a UTF-8 byte.
        if (!read || text.Length < digits || !Rune.IsValid(codePoint) || (digits == 2 && codePoint > 0x7F))
            throw Refuse($@"\x{text}");

        _position = digits is null ? end + 1 : end;
        return codePoint;
    }

    /// <summary>The characters that a character matches if the case is ignored.</summary>
    private CodePointSet Fold(int codePoint)
    {
        if (codePoint > 0x7F)
            throw Refuse("(?i) with characters beyond ASCII");

        CodePointSet lower = CodePointSet.Range(char.ToLowerInvariant((char)codePoint), char.ToLowerInvariant((char)codePoint));
        CodePointSet both = lower.Union(
            CodePointSet.Range(char.ToUpperInvariant((char)codePoint), char.ToUpperInvariant((char)codePoint)));

        // The long s, and the Kelvin sign.
        return (char)codePoint switch
        {
            's' or 'S' => both.Union(CodePointSet.Range(0x17F, 0x17F)),
            'k' or 'K' => both.Union(CodePointSet.Range(0x212A, 0x212A)),
            _ => both,
        };
    }

    /// <summary>
    ///   Refuses letter sequences that also match a single character if the case is ignored: sharp s and the ligatures.
    /// </summary>
    private void CheckSequence(int codePoint)
    {
        char lower = codePoint < 0x80 ? char.ToLowerInvariant((char)codePoint) : '\0';
        if (FoldedSequences.Contains($"{_foldedBefore}{lower}"))
            throw Refuse($"(?i) with '{_foldedBefore}{lower}'");

        _foldedBefore = lower;
    }

    private bool Accept(string text)
    {
        if (!_pattern.AsSpan(_position).StartsWith(text, StringComparison.Ordinal))
            return false;

        _position += text.Length;
        return true;
    }

    private bool IsNext(int distance, char character) =>
        _position + distance < _pattern.Length && _pattern[_position + distance] == character;

    private void Emit(string text) => _parts.Add((text, null));

    private void Emit(CodePointSet set) => _parts.Add((string.Empty, set));

    private ModelFormatException Refuse(string what) =>
        new(
            $"the pattern {MessageText.Quote(_pattern)} in {TokenizerJson.FileName} has {what}, which is not "
            + "supported here with the same meaning.");
}
