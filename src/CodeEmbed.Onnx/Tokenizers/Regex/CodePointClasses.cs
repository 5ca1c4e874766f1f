using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.Regex;

/// <summary>
///   Classes of code points that some sets do not distinguish, each represented by a character. A pattern over those sets matches
///   in a text exactly where it matches in the characters that represent the text's code points, one for each.
/// </summary>
internal sealed class CodePointClasses
{
    private readonly int[] _starts;
    private readonly char[] _standIns;
    private readonly char[] _basicPlane = new char[char.MaxValue + 1];
    private readonly Dictionary<CodePointSet, string> _members;

    /// <summary>Creates the classes.</summary>
    /// <param name="sets">The sets; the same object may occur several times.</param>
    public CodePointClasses(IEnumerable<CodePointSet> sets)
    {
        CodePointSet[] all = [.. sets.Distinct()];
        _starts = [.. all.SelectMany(set => set.Ranges)
            .SelectMany(range => new[] { range.First, range.Last + 1 })
            .Append(0)
            .Distinct()
            .Order()];

        // Between two starts every code point is in the same sets.
        var memberships = new StringBuilder[_starts.Length];
        for (int i = 0; i < memberships.Length; i++)
            memberships[i] = new StringBuilder();

        for (int set = 0; set < all.Length; set++)
        {
            foreach ((int first, int last) in all[set].Ranges)
            {
                for (int i = Array.BinarySearch(_starts, first); i < _starts.Length && _starts[i] <= last; i++)
                    memberships[i].Append((char)set);
            }
        }

        // The line feed represents its class, so that anchors find it; if a pattern has one, it is alone in its class.
        var standIns = new Dictionary<string, char> { [memberships[IndexOf('\n')].ToString()] = '\n' };
        char next = '\0';
        _standIns = new char[_starts.Length];
        for (int i = 0; i < _starts.Length; i++)
        {
            string membership = memberships[i].ToString();
            if (!standIns.TryGetValue(membership, out _standIns[i]))
            {
                standIns.Add(membership, _standIns[i] = next);
                next += next == '\n' - 1 ? (char)2 : (char)1;
            }
        }

        for (int codePoint = 0; codePoint < _basicPlane.Length; codePoint++)
            _basicPlane[codePoint] = Find(codePoint);

        _members = [];
        for (int set = 0; set < all.Length; set++)
        {
            _members.Add(
                all[set],
                string.Concat(standIns.Where(entry => entry.Key.Contains((char)set)).Select(entry => entry.Value).Order()));
        }
    }

    /// <summary>The characters that represent the members of one of the sets, in order; none if the set is empty.</summary>
    public string StandInsOf(CodePointSet set) => _members[set];

    /// <summary>The characters that represent the code points of a text without lone surrogates.</summary>
    public char[] Translate(ReadOnlySpan<char> text)
    {
        var translated = new char[text.Length];
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            translated[count++] = char.IsHighSurrogate(text[i])
                ? Find(char.ConvertToUtf32(text[i], text[++i]))
                : _basicPlane[text[i]];
        }

        return count == text.Length ? translated : translated[..count];
    }

    private char Find(int codePoint) => _standIns[IndexOf(codePoint)];

    private int IndexOf(int codePoint)
    {
        int index = Array.BinarySearch(_starts, codePoint);
        return index >= 0 ? index : ~index - 1;
    }
}
