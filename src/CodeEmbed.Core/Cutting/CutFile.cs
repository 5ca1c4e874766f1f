using System.Collections.Specialized;

namespace CodeEmbed.Cutting;

/// <summary>A file that was read, and the snippets that are made of it.</summary>
/// <param name="FullPath">Its full path.</param>
/// <param name="RelativePath">Its path in the snippets, with <c>/</c>.</param>
/// <param name="Language">Its language; empty for one that is not known.</param>
/// <param name="BlobId">The id that git gives its bytes.</param>
internal sealed record CutFile(string FullPath, string RelativePath, string Language, string BlobId)
{
    /// <summary>The names of pieces that belong to no block.</summary>
    public const string WithoutName = "code", OfText = "text", OfFile = "file";

    /// <summary>The whole file as one snippet.</summary>
    public CodeSnippet MakeWhole(TextLines lines) =>
        Make(lines, 0, lines.Text.Length, IdOfPath, Path.GetFileName(RelativePath), OfFile, Lines(lines, 0, lines.Text.Length));

    /// <summary>The pieces of the file as snippets.</summary>
    /// <param name="lines">The file.</param>
    /// <param name="pieces">The pieces.</param>
    /// <param name="kind">The kind of a piece that belongs to no block.</param>
    public IReadOnlyList<CodeSnippet> Make(TextLines lines, IReadOnlyList<Piece> pieces, string kind)
    {
        var snippets = new List<CodeSnippet>(pieces.Count);
        var occurrences = new Dictionary<string, int>(StringComparer.Ordinal);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (Piece piece in pieces)
        {
            PieceName? name = piece.Names.Count > 0 ? piece.Names[0] : null;
            string named = name is null ? IdOfPath : $"{IdOfPath}#{name.Name}";
            string id;
            int occurrence;
            do
            {
                occurrence = occurrences.GetValueOrDefault(named) + 1;
                occurrences[named] = occurrence;
                id = occurrence == 1 ? named : $"{named}~{occurrence}";
            }
            while (!ids.Add(id));

            OrderedDictionary metadata = Lines(lines, piece.Start, piece.End);
            if (piece.IsPart)
                metadata["part"] = true;

            if (piece.Names.Count > 1)
                metadata["names"] = piece.Names.Select(object (other) => other.Name).ToArray();

            snippets.Add(Make(lines, piece.Start, piece.End, id, name?.Name, name?.Kind ?? kind, metadata));
        }

        return snippets;
    }

    private string IdOfPath => RelativePath.Replace("#", "%23", StringComparison.Ordinal);

    private CodeSnippet Make(
        TextLines lines, int start, int end, string id, string? name, string kind, OrderedDictionary metadata)
    {
        string content = lines.Text[start..end];
        var source = new SnippetSource(FullPath, lines.Of(start) + 1);

        return new CodeSnippet
        {
            Id = id,
            FilePath = RelativePath,
            Language = Language,
            Content = content,
            GitHash = BlobId,
            ChunkName = name,
            ChunkType = kind,
            Metadata = metadata,
            Source = source,
        };
    }

    private static OrderedDictionary Lines(TextLines lines, int start, int end) => new()
    {
        ["start_line"] = (long)lines.Of(start) + 1,
        ["end_line"] = (long)lines.Of(Math.Max(end - 1, start)) + 1,
    };
}
