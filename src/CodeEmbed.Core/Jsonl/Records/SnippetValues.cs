namespace CodeEmbed.Jsonl.Records;

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
