using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Tokenization;

/// <summary>A regular expression of Oniguruma, by which Hugging Face's tokenizers split text. For several threads at once.</summary>
/// <remarks>
///   .NET's regular expressions see a letter beyond U+FFFF as two surrogates, and have classes, cases and anchors of their own.
///   So the pattern is read here, by Oniguruma's Ruby syntax (kkos/oniguruma, doc/RE), and .NET's engine runs the same pattern over
///   characters that stand for classes of code points: see <see cref="CodePointClasses"/>. What is not known to mean the
///   same is refused.
/// </remarks>
internal sealed class OnigurumaPattern
{
    private const int MaxLength = 4096, MaxDepth = 64, MaxRepeats = 1000;

    /// <summary>How long one match may be looked for where nothing else is said: far longer than it takes, unless the pattern goes astray on the text.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    /// <summary>What makes a group an assertion; the last, one that is not entered again.</summary>
    private static readonly string[] Assertions = ["?=", "?!", "?<=", "?<!", "?>"];

    /// <summary>What one character under <c>(?i)</c> can match as well, together with the next; sequences of ASCII letters alone.</summary>
    private static readonly string[] FoldedSequences = ["ss", "ff", "fi", "fl", "st"];

    private readonly string _pattern;
    private readonly Regex _regex;
    private readonly CodePointClasses _classes;

    // What the pattern becomes: text of .NET's syntax, and sets that are written out when all of them are known.
    private readonly List<(string Text, CodePointSet? Set)> _parts = [];
    private int _position;
    private int _atomics;
    private char _foldedBefore;

    /// <summary>Reads a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="timeout">How long one match may be looked for.</param>
    /// <exception cref="ModelFormatException">The pattern is wrong, or not known to mean the same to .NET.</exception>
    public OnigurumaPattern(string pattern, TimeSpan? timeout = null)
    {
        _pattern = pattern;
        if (pattern.Length > MaxLength)
            throw new ModelFormatException($"a pattern in {TokenizerJson.FileName} is longer than {MaxLength} characters.");

        bool ignoreCase = Accept("(?i)");
        ReadAlternatives(ignoreCase, depth: 0);
        if (_position < pattern.Length)
            throw Refuse(")");

        _classes = new CodePointClasses(_parts.Where(part => part.Set is not null).Select(part => part.Set!).Append(CodePointSet.LineFeed));
        string translated = string.Concat(_parts.Select(part => part.Set is null ? part.Text : WriteClass(_classes.StandInsOf(part.Set))));
        try
        {
            // Not NonBacktracking: it misses matches of [\u0001\n]?\u0002+ (.NET 10.0).
            _regex = new Regex(translated, RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline, timeout ?? DefaultTimeout);
        }
        catch (ArgumentException e)
        {
            throw new ModelFormatException($"the pattern '{pattern}' in {TokenizerJson.FileName} cannot be run: {e.Message}", e);
        }
    }

    /// <summary>Finds the matches in a text without lone surrogates, from left to right.</summary>
    /// <exception cref="TimeoutException">A match is looked for too long.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public List<(int Start, int End)> FindMatches(string text, CancellationToken cancellationToken)
    {
        var matches = new List<(int Start, int End)>();
        char[] standIns = _classes.Translate(text);
        try
        {
            foreach (ValueMatch match in _regex.EnumerateMatches(standIns))
            {
                cancellationToken.ThrowIfCancellationRequested();

                // Oniguruma's own iteration takes no empty match where the one before it ends.
                if (match.Length > 0 || matches.Count == 0 || match.Index > matches[^1].End)
                    matches.Add((match.Index, match.Index + match.Length));
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new TimeoutException(
                $"the pattern '{_pattern}' in {TokenizerJson.FileName} takes longer than {_regex.MatchTimeout.TotalSeconds} seconds on its text.", e);
        }

        return standIns.Length == text.Length ? matches : ToUtf16(matches, text);
    }

    private static List<(int Start, int End)> ToUtf16(List<(int Start, int End)> matches, string text)
    {
        var converted = new List<(int Start, int End)>(matches.Count);
        int codePoint = 0, position = 0;
        foreach ((int start, int end) in matches)
            converted.Add((Advance(start), Advance(end)));

        return converted;

        int Advance(int to)
        {
            for (; codePoint < to; codePoint++)
                position += char.IsHighSurrogate(text[position]) ? 2 : 1;

            return position;
        }
    }

    /// <summary>A class of .NET's syntax; one that nothing is in where there are no characters.</summary>
    private static string WriteClass(string characters)
    {
        if (characters.Length == 0)
            return @"[^\u0000-\uFFFF]";

        var written = new StringBuilder("[");
        int from = 0;
        for (int i = 1; i <= characters.Length; i++)
        {
            if (i < characters.Length && characters[i] == characters[i - 1] + 1)
                continue;

            written.Append(CultureInfo.InvariantCulture, $@"\u{(int)characters[from]:X4}-\u{(int)characters[i - 1]:X4}");
            from = i;
        }

        return written.Append(']').ToString();
    }

    private void ReadAlternatives(bool ignoreCase, int depth)
    {
        if (depth > MaxDepth)
            throw Refuse("groups nested that deep");

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

    /// <summary>Reads what a quantifier may follow, or an assertion.</summary>
    /// <returns>Whether it is something that a quantifier may follow.</returns>
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
            // Behind a line feed at the very end no line begins.
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
            throw Refuse("a quantifier behind a group that is not entered again");

        if (_foldedBefore is 's' or 'f')
            throw Refuse($"(?i) with a repeated '{_foldedBefore}'");

        if (Accept("{"))
        {
            Emit(ReadInterval(out bool isFixed));

            // To Oniguruma {n}? is another ?, and {n,m}+ another +.
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
            throw Refuse("a quantifier behind a quantifier");
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

    /// <summary>Reads a class in brackets, of which the first is read already.</summary>
    private CodePointSet ReadClass(bool ignoreCase, int depth)
    {
        if (depth > MaxDepth)
            throw Refuse("classes nested that deep");

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

        // A hyphen that is no range stands at the beginning or at the end.
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
                throw Refuse("a range that has no end");
        }

        if (!ignoreCase)
            return CodePointSet.Range(from, to);

        // Each of them is folded, or refused if it is no ASCII.
        return Enumerable.Range(from, Math.Min(to - from, CodePointSet.CodePoints) + 1).Aggregate(new CodePointSet([]), (set, codePoint) => set.Union(Fold(codePoint)));
    }

    /// <summary>Reads one character, or an escape that stands for one or for a set.</summary>
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

    /// <summary>Reads a code point of so many digits, or of the digits up to a bracket.</summary>
    private int ReadHexadecimal(int? digits)
    {
        int end = digits is { } count ? Math.Min(_position + count, _pattern.Length) : Math.Max(_pattern.IndexOf('}', _position), _position);
        ReadOnlySpan<char> text = _pattern.AsSpan(_position, end - _position);
        bool read = int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int codePoint);

        // \x80 and above is a byte of UTF-8 to Oniguruma.
        if (!read || text.Length < digits || !Rune.IsValid(codePoint) || (digits == 2 && codePoint > 0x7F))
            throw Refuse($@"\x{text}");

        _position = digits is null ? end + 1 : end;
        return codePoint;
    }

    /// <summary>The characters that one stands for where the case does not count.</summary>
    private CodePointSet Fold(int codePoint)
    {
        if (codePoint > 0x7F)
            throw Refuse("(?i) with characters beyond ASCII");

        CodePointSet lower = CodePointSet.Range(char.ToLowerInvariant((char)codePoint), char.ToLowerInvariant((char)codePoint));
        CodePointSet both = lower.Union(CodePointSet.Range(char.ToUpperInvariant((char)codePoint), char.ToUpperInvariant((char)codePoint)));

        // The long s, and the sign of Kelvin.
        return (char)codePoint switch
        {
            's' or 'S' => both.Union(CodePointSet.Range(0x17F, 0x17F)),
            'k' or 'K' => both.Union(CodePointSet.Range(0x212A, 0x212A)),
            _ => both,
        };
    }

    /// <summary>Refuses letters in a row that stand for one character more where the case does not count: sharp s and the ligatures.</summary>
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

    private bool IsNext(int distance, char character) => _position + distance < _pattern.Length && _pattern[_position + distance] == character;

    private void Emit(string text) => _parts.Add((text, null));

    private void Emit(CodePointSet set) => _parts.Add((string.Empty, set));

    private ModelFormatException Refuse(string what) =>
        new($"the pattern '{_pattern}' in {TokenizerJson.FileName} holds {what}, which is not known to mean the same here.");
}
