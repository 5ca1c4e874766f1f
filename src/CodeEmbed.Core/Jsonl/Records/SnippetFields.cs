namespace CodeEmbed.Jsonl.Records;

/// <summary>
///   The properties of a record that mean something here; except the last three, each is one property of a snippet.
/// </summary>
[Flags]
internal enum SnippetFields
{
    None = 0,
    Id = 1,
    FilePath = 1 << 1,
    Language = 1 << 2,
    Content = 1 << 3,
    Version = 1 << 4,
    GitHash = 1 << 5,
    ChunkName = 1 << 6,
    ChunkType = 1 << 7,
    Metadata = 1 << 8,

    /// <summary>A name that the output gives to a value computed from the snippet.</summary>
    Output = 1 << 9,

    /// <summary>The digest that stands for a content that was left out.</summary>
    ContentDigest = 1 << 10,

    /// <summary>A name of a snippet's property, if a map takes that property from elsewhere.</summary>
    Replaced = 1 << 11,
}

/// <summary>The strings of a record, while it is being read.</summary>
internal struct SnippetValues
{
    public string? Id, FilePath, Language, Content, Version, GitHash, ChunkName, ChunkType;

    public void Set(SnippetFields field, string? value)
    {
        switch (field)
        {
            case SnippetFields.Id: Id = value; break;
            case SnippetFields.FilePath: FilePath = value; break;
            case SnippetFields.Language: Language = value; break;
            case SnippetFields.Content: Content = value; break;
            case SnippetFields.Version: Version = value; break;
            case SnippetFields.GitHash: GitHash = value; break;
            case SnippetFields.ChunkName: ChunkName = value; break;
            case SnippetFields.ChunkType: ChunkType = value; break;
            default: throw new ArgumentOutOfRangeException(nameof(field));
        }
    }
}
