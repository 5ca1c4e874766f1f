namespace CodeEmbed.Sources.Grammars;

/// <summary>How to read the trees of a tree-sitter grammar. The names of nodes and fields are the grammar's.</summary>
/// <param name="Language">The language, as snippets name it.</param>
/// <param name="File">The name of the grammar's file, without its extension.</param>
internal sealed record Grammar(string Language, string File)
{
    /// <summary>The nodes that are named blocks, each with its kind of block.</summary>
    public required IReadOnlyDictionary<string, string> Named { get; init; }

    /// <summary>The nodes that are a block only if they contain one of these, such as a variable with a function.</summary>
    public IReadOnlyDictionary<string, string[]> OnlyWith { get; init; } = new Dictionary<string, string[]>();

    /// <summary>The nodes that are a block only if they have this field, such as a class with a body.</summary>
    public IReadOnlyDictionary<string, string> OnlyWithField { get; init; } = new Dictionary<string, string>();

    /// <summary>
    ///   The fields and nodes that lead to a name, from the outermost inwards; the last one that exists is the name. Nodes have a
    ///   colon before them, fields do not.
    /// </summary>
    public IReadOnlyList<string> NamePath { get; init; } = ["name"];

    /// <summary>The same for nodes with their names elsewhere.</summary>
    public IReadOnlyDictionary<string, string[]> NamePaths { get; init; } = new Dictionary<string, string[]>();

    /// <summary>The nodes that always have the same name, which is a word of the language.</summary>
    public IReadOnlyDictionary<string, string> FixedNames { get; init; } = new Dictionary<string, string>();

    /// <summary>The path to the name of a block's owner if the owner does not enclose it, such as a method's receiver.</summary>
    public IReadOnlyDictionary<string, string[]> OwnerPaths { get; init; } = new Dictionary<string, string[]>();

    /// <summary>The kinds of nodes that only surround a block, such as decorators: the block begins with them.</summary>
    public IReadOnlySet<string> Wrappers { get; init; } = new HashSet<string>();

    /// <summary>The nodes other than comments that belong to what follows.</summary>
    public IReadOnlySet<string> Leads { get; init; } = new HashSet<string>();

    /// <summary>The kind of a function in a block of these kinds.</summary>
    public IReadOnlySet<string> MethodsIn { get; init; } = new HashSet<string>
    {
        "class", "struct", "interface", "trait", "impl", "enum", "record", "object", "extension", "union",
    };
}
