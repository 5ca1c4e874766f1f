namespace CodeEmbed.Onnx.Tokenizers.Models;

/// <summary>Finds the tokens that a text begins with. Thread-safe.</summary>
internal sealed class TokenTrie
{
    /// <summary>The node for the empty prefix.</summary>
    public const int Root = 0;

    /// <summary>No node, or no token.</summary>
    public const int None = -1;

    // The children of a node are adjacent, sorted by their characters, and in the order of their parents.
    private readonly int[] _firstChildren, _ids, _rootChildren;
    private readonly char[] _characters;

    /// <summary>Creates a trie.</summary>
    /// <param name="tokens">The tokens and their ids; an empty token is never found.</param>
    public TokenTrie(IReadOnlyDictionary<string, int> tokens)
    {
        string[] sorted = [.. tokens.Keys.Where(token => token.Length > 0).Order(StringComparer.Ordinal)];
        var rows = new Queue<(int From, int To, int Depth)>([(0, sorted.Length, 0)]);
        List<int> firstChildren = [], ids = [None];
        List<char> characters = [default];
        while (rows.TryDequeue(out (int From, int To, int Depth) row))
        {
            firstChildren.Add(characters.Count);
            for (int from = row.From; from < row.To;)
            {
                // The token that ends at a node is the first of those that pass through it.
                char character = sorted[from][row.Depth];
                int depth = row.Depth + 1, to = from + 1;
                while (to < row.To && sorted[to][row.Depth] == character)
                    to++;

                bool isToken = sorted[from].Length == depth;
                characters.Add(character);
                ids.Add(isToken ? tokens[sorted[from]] : None);
                rows.Enqueue((isToken ? from + 1 : from, to, depth));
                from = to;
            }
        }

        firstChildren.Add(characters.Count);
        (_firstChildren, _ids, _characters) = ([.. firstChildren], [.. ids], [.. characters]);
        _rootChildren = new int[sorted.Length == 0 ? 0 : sorted[^1][0] + 1];
        Array.Fill(_rootChildren, None);
        for (int child = _firstChildren[Root]; child < _firstChildren[Root + 1]; child++)
            _rootChildren[_characters[child]] = child;
    }

    /// <summary>The node after another one; <see cref="None"/> if no token continues that way.</summary>
    public int Step(int node, char character)
    {
        if (node == Root)
            return character < _rootChildren.Length ? _rootChildren[character] : None;

        int from = _firstChildren[node], to = _firstChildren[node + 1];
        while (from < to)
        {
            int middle = (from + to) / 2;
            if (_characters[middle] < character)
                from = middle + 1;
            else
                to = middle;
        }

        return from < _firstChildren[node + 1] && _characters[from] == character ? from : None;
    }

    /// <summary>The id of the token that ends at a node; <see cref="None"/> if none does.</summary>
    public int IdAt(int node) => _ids[node];
}
