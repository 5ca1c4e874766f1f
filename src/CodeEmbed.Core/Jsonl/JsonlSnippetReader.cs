using CodeEmbed.Formats;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl;

/// <summary>
///   Reads snippets from a file in UTF-8: JSON Lines, one object a line, or one JSON array of objects. See
///   <c>docs/formats.md</c>.
/// </summary>
/// <remarks>
///   A byte order mark, CRLF and blank lines are accepted. A file whose name ends in <c>.gz</c> or <c>.zst</c> is decompressed.
///   Memory does not grow with the file, only with its longest record. A record that is not valid is an outcome like any other; a
///   problem with the file itself, such as another encoding or damaged gzip data, ends the reading.
/// </remarks>
/// <param name="path">The file.</param>
public sealed class JsonlSnippetReader(string path) : ISnippetReader
{
    /// <inheritdoc/>
    public IReadOnlyList<string> InputFiles { get; } = [path];

    /// <summary>The file's part of the whole input, or <see langword="null"/> if that is not known.</summary>
    internal InputShare? Share { get; init; } = InputShare.Whole;

    /// <summary>Which part of the file's text is read; <see langword="null"/> for all of it.</summary>
    internal ByteRange? Range { get; init; }

    /// <summary>
    ///   Which properties the snippets are made from; <see langword="null"/> if the records have a snippet's names.
    /// </summary>
    public PropertyMap? Map { get; init; }

    /// <summary>The adapter for Zstandard; a file whose name ends in <c>.zst</c> is not read without it.</summary>
    public IZstandard? Zstandard { get; init; }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The file's name is that of a store, which holds embeddings.</exception>
    public IAsyncEnumerable<Outcome<CodeSnippet>> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (StoreFormat.Of(path) is { } format)
        {
            throw new NotSupportedException(
                $"its name is that of {StoreFormat.NameOf(format)}, and snippets are read from JSON Lines. Embeddings can be "
                + "read from it.");
        }

        return new JsonlRecords<CodeSnippet>(path, Share, new FileAdapters(Zstandard), Parse) { Range = Range }
            .ReadAsync(cancellationToken);
    }

    private CodeSnippet Parse(ReadOnlyMemory<byte> record, RecordPlace place) => Map is null
        ? SnippetRecordParser.Parse(record.ToArray(), place)
        : MappedRecordParser.Parse(record.Span, place, Map.Names);
}
