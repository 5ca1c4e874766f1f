using CodeEmbed.Cutting;
using CodeEmbed.Sources.Grammars;

namespace CodeEmbed.Sources.Outlines;

/// <summary>Builds an outline from the nodes of a tree: the named blocks, and everything else with several lines.</summary>
internal sealed class OutlineBuilder
{
    private readonly NodeKinds _kinds;
    private readonly TextLines _lines;
    private readonly Stack<OpenBlock> _open = new();

    // The comments and decorators that have just ended, by their first character and their last line, and the one node that
    // they were assigned to: the block that it surrounds begins with them, too.
    private int _leadStart = -1, _leadLine = -1;

    // Where a node that only surrounds a block begins, and where its comments do.
    private int _wrapperEnd = -1, _wrapperLead;

    private OutlineBuilder(NodeKinds kinds, TextLines lines)
    {
        _kinds = kinds;
        _lines = lines;
    }

    /// <summary>Builds the outline.</summary>
    /// <param name="kinds">The meaning of the numbers in the nodes.</param>
    /// <param name="text">The text that was parsed.</param>
    /// <param name="nodes">The nodes.</param>
    public static SourceOutline Build(NodeKinds kinds, string text, ReadOnlySpan<FlatNode> nodes) =>
        new OutlineBuilder(kinds, new TextLines(text)).Build(nodes);

    private SourceOutline Build(ReadOnlySpan<FlatNode> nodes)
    {
        // The file itself encloses everything.
        _open.Push(new OpenBlock(-1, null, null));
        bool isBroken = false;
        for (int i = 0; i < nodes.Length; i++)
        {
            FlatNode node = nodes[i];
            isBroken |= node.IsError;
            if (node.Depth == 0)
                continue;

            CloseTo(node.Depth);
            if (_kinds.IsLead(node))
                AddLead(node);
            else
                Add(nodes, i);
        }

        CloseTo(0);
        return new SourceOutline(_open.Pop().Close().Children, isBroken);
    }

    private void CloseTo(int depth)
    {
        while (_open.Peek().Depth >= depth)
        {
            SourceBlock closed = _open.Pop().Close();
            _open.Peek().Add(closed);
        }
    }

    private void AddLead(FlatNode node)
    {
        if (node.End <= node.Start || !_lines.IsFirst(node.Start))
            return;

        // One that comes right after the last one continues it.
        if (_leadStart < 0 || _lines.Of(node.Start) > _leadLine + 1)
            _leadStart = node.Start;

        _leadLine = _lines.Of(node.End - 1);
    }

    private void Add(ReadOnlySpan<FlatNode> nodes, int index)
    {
        FlatNode node = nodes[index];
        int line = _lines.Of(node.Start);
        bool hasLead = _leadStart >= 0 && line >= _leadLine && line <= _leadLine + 1;
        int lead = hasLead ? _leadStart : node.Start;
        if (_kinds.IsWrapper(node))
        {
            // It contains both the decorators and what they decorate.
            if (node.End != _wrapperEnd)
                (_wrapperEnd, _wrapperLead) = (node.End, lead);

            return;
        }

        // A node that begins with the block around it has the same comments, unless that block is itself a function.
        if (node.End == _wrapperEnd)
            lead = _wrapperLead;
        else if (_open.Peek() is { Depth: >= 0, Kind: null } around && around.Start == node.Start)
            lead = around.Lead;

        int lastLine = _lines.Of(Math.Max(node.End - 1, node.Start));
        if (_kinds.KindOf(nodes, index) is { } kind && ReadName(nodes, index) is (string name, int nameStart)
            && !IsValue(node, name))
        {
            Open(new OpenBlock(node.Depth, Qualify(kind), name)
            {
                Lead = lead,
                Start = node.Start,
                End = node.End,
                NameStart = nameStart,
            });
        }
        else if (lastLine > line && _lines.IsFirst(node.Start) && !IsWhole(node) && !_kinds.IsBody(node))
        {
            Open(new OpenBlock(node.Depth, null, null)
            {
                Lead = lead,
                Start = node.Start,
                End = node.End,
                NameStart = node.Start,
            });
        }
    }

    private void Open(OpenBlock block)
    {
        _leadStart = -1;
        _wrapperEnd = -1;
        _open.Push(block);
    }

    /// <summary>Whether a node is the whole content of the block around it.</summary>
    private bool IsWhole(FlatNode node) =>
        _open.Peek() is { Depth: >= 0 } around && around.Start == node.Start && around.End == node.End;

    /// <summary>Whether a node is the function that the block around it stands for, as in <c>add = function add()</c>.</summary>
    private bool IsValue(FlatNode node, string name) =>
        _open.Peek() is { Kind: not null } around && around.Depth == node.Depth - 1 && around.End == node.End
        && around.Name == name;

    /// <summary>A function in a class is a method.</summary>
    private string Qualify(string kind)
    {
        if (kind != "function")
            return kind;

        OpenBlock? around = _open.FirstOrDefault(block => block.Kind is not null);
        return around is not null && _kinds.Grammar.MethodsIn.Contains(around.Kind!) ? "method" : kind;
    }

    private (string Name, int Start)? ReadName(ReadOnlySpan<FlatNode> nodes, int index)
    {
        if (_kinds.FixedName(nodes[index]) is { } always)
            return (always, nodes[index].Start);

        if (_kinds.FindName(nodes, index) is not (>= 0 and var found))
            return null;

        string name = TextOf(nodes[found]);
        if (name.Length == 0)
            return null;

        if (_kinds.FindOwner(nodes, index) is >= 0 and var owner && owner != found
            && TextOf(nodes[owner]) is { Length: > 0 } ownerName)
            name = $"{ownerName}.{name}";

        return (name, nodes[found].Start);
    }

    private string TextOf(FlatNode node)
    {
        // Text with several lines, as an expression in brackets may have, is not a name.
        ReadOnlySpan<char> text = _lines.Text.AsSpan(node.Start, node.End - node.Start).Trim();
        return text.Length is 0 or > 200 || text.ContainsAny('\r', '\n') ? string.Empty : text.ToString();
    }
}
