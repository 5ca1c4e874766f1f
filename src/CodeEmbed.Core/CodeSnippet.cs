using System.Collections;
using System.Diagnostics.CodeAnalysis;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed;

/// <summary>A piece of source code and what is known about it: one record of the input.</summary>
/// <remarks>
///   <para>
///     A snippet that was read from JSON Lines keeps its record: <see cref="Jsonl.JsonlEmbeddingWriter"/> writes every
///     property of it, known or not, as the raw JSON it was. A property that is set on such a snippet is written
///     instead of the record's own.
///   </para>
///   <para>
///     PowerShell can make a snippet from a hashtable and can leave out what C# requires, so a snippet is checked by
///     <see cref="IEmbeddingService"/> when it is embedded. A string that PowerShell sets to $null is empty.
///   </para>
/// </remarks>
public sealed class CodeSnippet
{
    private readonly string? _id, _filePath, _language, _content, _version, _gitHash, _chunkName, _chunkType;
    private readonly SnippetFields _assigned;
    private IDictionary? _metadata;

    /// <summary>Makes an empty snippet, for an object initializer or a PowerShell hashtable to fill.</summary>
    public CodeSnippet()
    {
    }

#pragma warning disable CS8618 // The fields behind the required properties are set; the compiler looks for the properties.
    [SetsRequiredMembers]
    internal CodeSnippet(SnippetRecord record, SnippetValues values, RecordPlace place)
#pragma warning restore CS8618
    {
        Record = record;
        (Source, InputFraction) = place;
        _id = values.Id;
        _filePath = values.FilePath;
        _language = values.Language;
        _content = values.Content;
        _version = values.Version;
        _gitHash = values.GitHash;
        _chunkName = values.ChunkName;
        _chunkType = values.ChunkType;
    }

    /// <summary>The name of the snippet (<c>id</c>). Required, not empty.</summary>
    public required string Id
    {
        get => _id!;
        init => (_id, _assigned) = (value, _assigned | SnippetFields.Id);
    }

    /// <summary>The file that the code is from (<c>file_path</c>). Required; may be empty.</summary>
    public required string FilePath
    {
        get => _filePath!;
        init => (_filePath, _assigned) = (value, _assigned | SnippetFields.FilePath);
    }

    /// <summary>The programming language (<c>language</c>). Required; may be empty.</summary>
    public required string Language
    {
        get => _language!;
        init => (_language, _assigned) = (value, _assigned | SnippetFields.Language);
    }

    /// <summary>
    ///   The code itself (<c>content</c>). Required; may be empty. <see langword="null"/> in an embedding that was read from a
    ///   file without it.
    /// </summary>
    public required string Content
    {
        get => _content!;
        init => (_content, _assigned) = (value, _assigned | SnippetFields.Content);
    }

    /// <summary>The version of the project that the code belongs to (<c>version</c>).</summary>
    public string? Version
    {
        get => _version;
        init => (_version, _assigned) = (value, _assigned | SnippetFields.Version);
    }

    /// <summary>The commit that the code is from (<c>git_hash</c>).</summary>
    public string? GitHash
    {
        get => _gitHash;
        init => (_gitHash, _assigned) = (value, _assigned | SnippetFields.GitHash);
    }

    /// <summary>The name of the function, class or other piece (<c>chunk_name</c>).</summary>
    public string? ChunkName
    {
        get => _chunkName;
        init => (_chunkName, _assigned) = (value, _assigned | SnippetFields.ChunkName);
    }

    /// <summary>The kind of piece: function, class, … (<c>chunk_type</c>).</summary>
    public string? ChunkType
    {
        get => _chunkType;
        init => (_chunkType, _assigned) = (value, _assigned | SnippetFields.ChunkType);
    }

    /// <summary>
    ///   Everything else that is known about the snippet (<c>metadata</c>), as plain .NET values: <see cref="string"/>,
    ///   <see cref="bool"/>, <see cref="long"/>, <see cref="double"/> (a number that is not a <see cref="long"/>), arrays
    ///   of <see cref="object"/>, dictionaries, <see langword="null"/>.
    /// </summary>
    /// <remarks>Metadata from JSON is parsed when it is first read, and is read-only.</remarks>
    public IDictionary? Metadata
    {
        get => IsAssigned(SnippetFields.Metadata) ? _metadata : _metadata ??= Record.ReadMetadata();
        init => (_metadata, _assigned) = (value, _assigned | SnippetFields.Metadata);
    }

    /// <summary>Where the snippet was read, or <see langword="null"/> for one that was made in memory. Not written.</summary>
    public SnippetSource? Source { get; init; }

    /// <summary>The JSON that the snippet was read from; empty for one that was made in memory.</summary>
    internal SnippetRecord Record { get; } = SnippetRecord.Empty;

    /// <summary>
    ///   How much of the whole input has been read once the snippet is, from 0 to 1; <see langword="null"/> if not known.
    /// </summary>
    internal double? InputFraction { get; }

    /// <summary>Returns the snippet's <see cref="Id"/>.</summary>
    public override string ToString() => _id ?? string.Empty;

    /// <summary>A copy with equal metadata whose values are of types that can be written.</summary>
    internal CodeSnippet WithMetadata(IDictionary? metadata)
    {
        var copy = (CodeSnippet)MemberwiseClone();
        copy._metadata = metadata;
        return copy;
    }

    /// <summary>Whether a property was set by the caller, so that it counts instead of the record's own.</summary>
    internal bool IsAssigned(SnippetFields field) => (_assigned & field) != 0;
}
