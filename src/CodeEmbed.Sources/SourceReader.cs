using System.Security.Cryptography;
using System.Text;
using CodeEmbed.Cutting;
using CodeEmbed.Files;
using CodeEmbed.Sources.Files;
using CodeEmbed.Sources.Outlines;

namespace CodeEmbed.Sources;

/// <summary>Makes snippets from source files: each is read, parsed with its language's grammar and split at its blocks.</summary>
/// <remarks>
///   Several files are read at once, and their snippets come in the order of the files. Only a few files are read ahead, so
///   that memory does not grow with the number of files.
/// </remarks>
public sealed class SourceReader : ISourceReader
{
    private const int FilesAheadOfProcessor = 4;

    // The most tokens for one character in any tokenizer: at most four bytes, with some room.
    private const int TokensOfCharacter = 8;

    private readonly SourceReaderOptions _options;
    private readonly ITokenCounter _counter;
    private readonly SourceWalk _walk, _listing;
    private readonly Dictionary<string, ISourceParser> _parsers = [];
    private readonly Queue<Task<SourceFileResult>> _ahead = new();
    private readonly int _mostAhead = FilesAheadOfProcessor * Environment.ProcessorCount;

    /// <summary>Creates a reader.</summary>
    /// <param name="options">Which files to take, and how to split them.</param>
    /// <exception cref="EmbeddingOptionException">The maximum length leaves no room for code.</exception>
    public SourceReader(SourceReaderOptions options)
    {
        _options = options;
        _counter = options.Counter ?? new EstimatedTokens(options.MaxLength);
        _walk = new SourceWalk(options.Filter);
        _listing = new SourceWalk(options.Filter);
        foreach (ISourceParser parser in options.Parsers.Append(new TreeSitterParser()))
        {
            foreach (string language in parser.Languages)
                _parsers.TryAdd(language, parser);
        }

        int ofItself = _counter.Count([]);
        if (!options.WholeFile && ofItself + TokensOfCharacter > options.MaxLength)
        {
            throw new EmbeddingOptionException(
                nameof(options.MaxLength),
                $"{options.MaxLength}",
                $"is too small: the special tokens and the prompt alone take {ofItself}.",
                "Give a larger one, or omit it.");
        }
    }

    /// <inheritdoc/>
    public IEnumerable<SourceFileResult> Read(SourcePath path, CancellationToken cancellationToken = default)
    {
        foreach (SourceEntry entry in _walk.Find(path, cancellationToken))
        {
            _ahead.Enqueue(
                entry.Result is { } result
                    ? Task.FromResult(result)
                    : Task.Run(() => Cut(entry, cancellationToken), cancellationToken));
            while (_ahead.TryPeek(out Task<SourceFileResult>? next) && (next.IsCompleted || _ahead.Count > _mostAhead))
                yield return Take(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<string> List(SourcePath path, CancellationToken cancellationToken = default) =>
        _listing.Find(path, cancellationToken).Where(entry => entry.Result is null).Select(entry => entry.FullPath);

    /// <inheritdoc/>
    public IEnumerable<SourceFileResult> Complete(CancellationToken cancellationToken = default)
    {
        while (_ahead.Count > 0)
            yield return Take(cancellationToken);
    }

    private SourceFileResult Take(CancellationToken cancellationToken)
    {
        Task<SourceFileResult> next = _ahead.Dequeue();
        if (!next.IsCompleted)
            Task.WaitAny([next], cancellationToken);

        return next.GetAwaiter().GetResult();
    }

    private SourceFileResult Cut(SourceEntry entry, CancellationToken cancellationToken)
    {
        var result = new SourceFileResult(entry.FullPath);
        if (!entry.IsNamed && FileType.Of(entry.FullPath) is { } type)
            return Skip($"it is {type}.");

        FileBytes file;
        try
        {
            file = FileBytes.Read(entry.FullPath, SourceReaderOptions.MaxFileSize);
        }
        catch (Exception e) when (SourceWalk.IsFileError(e))
        {
            return result with { Error = e };
        }

        if (file.Bytes is null)
            return Skip($"it is larger than {SourceReaderOptions.MaxFileSize >> 20} MiB.");

        SourceText decoded = SourceText.Decode(file.Bytes);
        if (decoded.Text is not { } text)
            return Skip("it is not text.");

        if (string.IsNullOrWhiteSpace(text))
            return Skip("it is empty.");

        string name = Path.GetFileName(entry.FullPath);
        SourceLanguage language = SourceLanguage.Find(name, text);
        if (!entry.IsNamed && LeftOut.WhyText(language, text) is { } why)
            return Skip(why);

        var notes = new List<string>();
        if (decoded.Note is { } note)
            notes.Add(note);

        return result with
        {
            Snippets = Cut(
                new CutFile(entry.FullPath, entry.RelativePath, language.Name, BlobId(file.Bytes)),
                language,
                text,
                notes,
                cancellationToken),
            Notes = notes,
            Warning = file.HasChanged ? "it changed during every attempt to read it. The last version read is used." : null,
        };

        SourceFileResult Skip(string reason) => result with { Notes = [$"skipped: {reason}"] };
    }

    private IReadOnlyList<CodeSnippet> Cut(
        CutFile file, SourceLanguage language, string text, List<string> notes, CancellationToken cancellationToken)
    {
        var lines = new TextLines(text);
        if (_options.WholeFile)
            return [file.MakeWhole(lines)];

        var cutter = new SnippetCutter(lines, _counter, _options.MaxLength, cancellationToken);
        if (!_parsers.TryGetValue(language.Grammar, out ISourceParser? parser))
            return file.Make(lines, cutter.CutParagraphs(), CutFile.OfText);

        if (parser.Parse(text, language.Grammar, cancellationToken) is not { } outline)
        {
            notes.Add("it cannot be parsed, and is split at its blank lines.");
            return file.Make(lines, cutter.CutParagraphs(), CutFile.WithoutName);
        }

        if (outline.IsBroken)
            notes.Add($"parts of it do not match the grammar for {language.Name}. It is split as well as possible.");

        return file.Make(lines, cutter.Cut(outline.Blocks), CutFile.WithoutName);
    }

    /// <summary>The id that git gives a file with these bytes, without line ending conversion.</summary>
    private static string BlobId(byte[] bytes)
    {
        // git's ids are SHA-1. They identify content and are not used for security.
#pragma warning disable CA5350
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"));
        hash.AppendData(bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
