namespace CodeEmbed.Sources.Grammars;

/// <summary>The meaning of the numbers in the nodes of a grammar.</summary>
internal sealed class NodeKinds
{
    private readonly string[] _kinds, _fields;
    private readonly string?[] _named, _fixedNames;
    private readonly bool[] _isLead, _isWrapper;
    private readonly int[][]?[] _namePaths, _ownerPaths;
    private readonly HashSet<int>?[] _onlyWith;
    private readonly int[] _onlyWithField;
    private readonly int[][] _standardPath;
    private readonly int _body;

    /// <summary>Resolves the numbers.</summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="kinds">The names of the kinds of nodes, by their numbers. Several may have the same name.</param>
    /// <param name="fields">The names of the fields, by their numbers.</param>
    public NodeKinds(Grammar grammar, string[] kinds, string[] fields)
    {
        Grammar = grammar;
        _kinds = kinds;
        _fields = fields;
        _named = [.. kinds.Select(kind => grammar.Named.GetValueOrDefault(kind))];
        _fixedNames = [.. kinds.Select(kind => grammar.FixedNames.GetValueOrDefault(kind))];
        _isLead = [.. kinds.Select(kind => kind.Contains("comment", StringComparison.Ordinal) || grammar.Leads.Contains(kind))];
        _isWrapper = [.. kinds.Select(grammar.Wrappers.Contains)];
        _standardPath = Steps(grammar.NamePath);
        _body = Array.IndexOf(fields, "body");
        _namePaths = [.. kinds.Select(kind => grammar.NamePaths.TryGetValue(kind, out string[]? path) ? Steps(path) : null)];
        _ownerPaths = [.. kinds.Select(kind => grammar.OwnerPaths.TryGetValue(kind, out string[]? path) ? Steps(path) : null)];
        _onlyWith =
        [
            .. kinds.Select(kind => grammar.OnlyWith.TryGetValue(kind, out string[]? children)
                ? Numbers(children).ToHashSet()
                : null),
        ];
        _onlyWithField =
        [
            .. kinds.Select(
                kind => grammar.OnlyWithField.TryGetValue(kind, out string? name) ? Array.IndexOf(fields, name) : 0),
        ];
    }

    /// <summary>The grammar.</summary>
    public Grammar Grammar { get; }

    /// <summary>Whether a node is a comment, or belongs to what follows as a comment does.</summary>
    public bool IsLead(FlatNode node) => node.Kind < _isLead.Length && _isLead[node.Kind];

    /// <summary>Whether a node only surrounds a block.</summary>
    public bool IsWrapper(FlatNode node) => node.Kind < _isWrapper.Length && _isWrapper[node.Kind];

    /// <summary>Whether a node is the body of the node around it, so that its content belongs to that node.</summary>
    public bool IsBody(FlatNode node) => node.Field == _body;

    /// <summary>The kind of block if a node is a named block; <see langword="null"/> for others.</summary>
    /// <param name="nodes">All nodes.</param>
    /// <param name="index">The node.</param>
    public string? KindOf(ReadOnlySpan<FlatNode> nodes, int index)
    {
        int kind = nodes[index].Kind;
        if (kind >= _named.Length || _named[kind] is not { } named)
            return null;

        if (_onlyWith[kind] is { } wanted && FindChild(nodes, index, child => wanted.Contains(child.Kind)) < 0)
            return null;

        return _onlyWithField[kind] is var field && field > 0 && FindChild(nodes, index, child => child.Field == field) < 0
            ? null
            : named;
    }

    /// <summary>The name that all nodes of a kind have, or <see langword="null"/>.</summary>
    public string? FixedName(FlatNode node) => _fixedNames[node.Kind];

    /// <summary>The node that holds a block's name; -1 if the block has no name.</summary>
    public int FindName(ReadOnlySpan<FlatNode> nodes, int index) =>
        Follow(nodes, index, _namePaths[nodes[index].Kind] ?? _standardPath);

    /// <summary>The node that holds the name of a block's owner if the owner does not enclose it; -1 if it names none.</summary>
    public int FindOwner(ReadOnlySpan<FlatNode> nodes, int index) =>
        _ownerPaths[nodes[index].Kind] is { } path ? Follow(nodes, index, path) : -1;

    /// <summary>Follows a path from a node to nodes in it; each step is repeated as often as possible.</summary>
    private static int Follow(ReadOnlySpan<FlatNode> nodes, int index, int[][] path)
    {
        int found = -1, at = index;
        foreach (int[] step in path)
        {
            // A negative number is a kind, a positive one a field.
            int next;
            while ((next = FindChild(nodes, at, child => step.Contains(child.Field) || step.Contains(~child.Kind))) >= 0)
                found = at = next;
        }

        return found;
    }

    private static int FindChild(ReadOnlySpan<FlatNode> nodes, int index, Func<FlatNode, bool> isWanted)
    {
        int depth = nodes[index].Depth;
        for (int i = index + 1; i < nodes.Length && nodes[i].Depth > depth; i++)
        {
            if (nodes[i].Depth == depth + 1 && isWanted(nodes[i]))
                return i;
        }

        return -1;
    }

    private int[][] Steps(IReadOnlyList<string> path) =>
    [
        .. path.Select(step => step.StartsWith(':')
            ? Numbers([step[1..]]).Select(kind => ~kind).ToArray()
            : [Array.IndexOf(_fields, step) is > 0 and var field ? field : int.MaxValue]),
    ];

    private IEnumerable<int> Numbers(string[] names) =>
        Enumerable.Range(0, _kinds.Length).Where(kind => names.Contains(_kinds[kind]));
}
