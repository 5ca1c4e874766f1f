using System.Buffers;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Output;

/// <summary>
///   The embeddings that an interrupted run left in a partial file, walked in step with the snippets of the run that resumes it.
/// </summary>
/// <remarks>
///   An embedding is taken for a snippet if all written properties of the snippet are the same. A snippet that has none, such as
///   one that could not be embedded, is skipped; one line is held at a time. A line that is damaged, or of another model, ends
///   the search: the file was changed, or cut by a loss of power, and the lines after it cannot be relied on.
/// </remarks>
/// <param name="lines">The lines of the interrupted run.</param>
/// <param name="file">Their file.</param>
/// <param name="model">The model.</param>
/// <param name="excludeContent">Whether the lines are without the contents.</param>
/// <param name="checkInputs">Checks, before each search, that the run reads what the interrupted one read.</param>
internal sealed class ResumedEmbeddings(
    Stream lines, string file, EmbeddingModel model, bool excludeContent, Action checkInputs) : IResumedEmbeddings
{
    private readonly ArrayBufferWriter<byte> _start = new();
    private readonly Utf8LineReader _lines = new(lines, file);
    private bool _ended, _lineIsTaken = true;

    /// <summary>How many embeddings were found. They are those of the first lines.</summary>
    public long Found { get; private set; }

    /// <inheritdoc/>
    public async ValueTask<CodeEmbedding?> FindAsync(CodeSnippet snippet, CancellationToken cancellationToken = default)
    {
        checkInputs();
        try
        {
            SnippetValidator.Validate(snippet);
        }
        catch (SnippetValidationException)
        {
            // It was not embedded then, and the embedding service says why.
            return null;
        }

        try
        {
            if (!await HasLineAsync(cancellationToken).ConfigureAwait(false) || !IsOf(snippet))
                return null;

            _lineIsTaken = true;
            CodeEmbedding embedding = EmbeddingRecordParser.Parse(
                _lines.Line.ToArray(), new RecordPlace(new SnippetSource(file, _lines.LineNumber)));
            if (
                embedding.Fingerprint == model.Fingerprint && embedding.ModelName == model.Name
                    && embedding.Vector.Length == model.Dimensions)
            {
                Found++;
                return embedding.With(snippet);
            }
        }
        catch (CodeEmbedException)
        {
            // The line is not an embedding.
        }

        _ended = true;
        return null;
    }

    private async ValueTask<bool> HasLineAsync(CancellationToken cancellationToken)
    {
        if (!_ended && _lineIsTaken)
        {
            _ended = !await _lines.ReadAsync(cancellationToken).ConfigureAwait(false);
            _lineIsTaken = false;
        }

        return !_ended;
    }

    private bool IsOf(CodeSnippet snippet)
    {
        _start.ResetWrittenCount();
        EmbeddingRecordWriter.WriteStart(
            _start, snippet, excludeContent, isInWindows: model.Overflow == EmbeddingOverflow.Window);
        return _lines.Line.Span.StartsWith(_start.WrittenSpan);
    }
}
