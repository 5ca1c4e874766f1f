namespace CodeEmbed.Sources.Grammars;

/// <summary>How to read the trees of one grammar of tree-sitter. The names of nodes and fields are the grammar's.</summary>
/// <param name="Language">The language, by the name that snippets have.</param>
/// <param name="File">The name of the grammar's file, without its ending.</param>
internal sealed record Grammar(string Language, string File)
{
    /// <summary>The nodes that are blocks with a name, each with what the block is.</summary>
    public required IReadOnlyDictionary<string, string> Named { get; init; }

    /// <summary>The nodes that are such a block only where one of these is in them, as a variable is with a function.</summary>
    public IReadOnlyDictionary<string, string[]> OnlyWith { get; init; } = new Dictionary<string, string[]>();

    /// <summary>The nodes that are such a block only where they have this field, as a class is with a body.</summary>
    public IReadOnlyDictionary<string, string> OnlyWithField { get; init; } = new Dictionary<string, string>();

    /// <summary>
    ///   The fields and nodes that lead to a name, from the outermost on; the last one of them that is there is the name. A field
    ///   is as it is, a node has a colon before it.
    /// </summary>
    public IReadOnlyList<string> NamePath { get; init; } = ["name"];

    /// <summary>The same for nodes whose names are elsewhere.</summary>
    public IReadOnlyDictionary<string, string[]> NamePaths { get; init; } = new Dictionary<string, string[]>();

    /// <summary>The nodes that all have the same name, which is a word of the language.</summary>
    public IReadOnlyDictionary<string, string> FixedNames { get; init; } = new Dictionary<string, string>();

    /// <summary>The way to the name of what a block belongs to and is not in, as the receiver of a method is.</summary>
    public IReadOnlyDictionary<string, string[]> OwnerPaths { get; init; } = new Dictionary<string, string[]>();

    /// <summary>The kinds of nodes that only surround a block, as decorators do: the block begins with them.</summary>
    public IReadOnlySet<string> Wrappers { get; init; } = new HashSet<string>();

    /// <summary>The nodes beside comments that belong to what follows.</summary>
    public IReadOnlySet<string> Leads { get; init; } = new HashSet<string>();

    /// <summary>What a function is called in a block of these kinds.</summary>
    public IReadOnlySet<string> MethodsIn { get; init; } = new HashSet<string>
    {
        "class", "struct", "interface", "trait", "impl", "enum", "record", "object", "extension", "union",
    };
}
