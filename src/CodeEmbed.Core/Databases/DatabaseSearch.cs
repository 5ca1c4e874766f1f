using System.Buffers;
using CodeEmbed.Indexes;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Search;

namespace CodeEmbed.Databases;

/// <summary>Finds the rows of a table whose vectors are nearest to one: the server compares them.</summary>
/// <remarks>
///   The score is the cosine that <see cref="Cosine"/> computes, as in a <see cref="VectorSearch"/>, and it decides the order of
///   the rows that the server found. Servers compute in float32.
/// </remarks>
/// <param name="database">The table.</param>
public sealed class DatabaseSearch(IEmbeddingDatabase database)
{
    /// <summary>How many more rows are asked for, so that the server's order and the exact one give the same rows.</summary>
    private const int Margin = 10;

    /// <summary>The model that made the vectors; <see langword="null"/> if the table is empty, or was not read yet.</summary>
    public VectorOrigin? Origin { get; private set; }

    /// <summary>How the vectors were made; <see langword="null"/> if that is not known.</summary>
    public IndexModel? Model { get; private set; }

    /// <summary>The table and its database.</summary>
    public string Name => database.Name;

    /// <summary>Reads what the table holds.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="StoreException">The table cannot be read.</exception>
    /// <exception cref="IndexException">The description of the model cannot be read, or a row is not an embedding.</exception>
    public async ValueTask DescribeAsync(CancellationToken cancellationToken = default)
    {
        EmbeddingTableContent content = await database.DescribeAsync(cancellationToken).ConfigureAwait(false);
        if (content.First is not { } row)
            return;

        CodeEmbedding first = Parse(row);
        Origin = new VectorOrigin(
            first.ModelName, first.Fingerprint, first.Vector.Length, first.Precision, first.Normalized);
        Model = content.Model is { } text ? IndexModel.FromJson(text, Name) : null;
    }

    /// <summary>Finds the nearest rows.</summary>
    /// <param name="question">The embedding to search near.</param>
    /// <param name="options">How many are wanted, and how near. The filter of the options is not used.</param>
    /// <param name="languages">See <see cref="EmbeddingTableQuery.Languages"/>.</param>
    /// <param name="files">See <see cref="EmbeddingTableQuery.Files"/>.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The rows, the nearest first. Their lines are 0.</returns>
    /// <exception cref="StoreException">The table cannot be read.</exception>
    /// <exception cref="IndexException">The rows were made by a different model than the question.</exception>
    public async Task<IReadOnlyList<CodeMatch>> FindAsync(
        CodeEmbedding question,
        SearchOptions options,
        IReadOnlyList<string> languages,
        IReadOnlyList<string> files,
        CancellationToken cancellationToken = default)
    {
        if (Origin is { } origin)
            RequireComparable(question, origin.ModelName, origin.Fingerprint);

        int count = (int)Math.Min((long)options.Top + Margin, int.MaxValue);
        var query = new EmbeddingTableQuery(question.Vector, count)
        {
            Languages = languages,
            Files = files,
        };
        IReadOnlyList<EmbeddingRow> rows = await database.FindAsync(query, cancellationToken).ConfigureAwait(false);
        return
        [
            .. rows.Select(row => Match(row, question))
                .Where(match => match.Score >= options.MinimumScore)
                .OrderByDescending(match => match.Score)
                .Take(options.Top),
        ];
    }

    /// <summary>Lists the languages of the rows that patterns match.</summary>
    /// <param name="languages">See <see cref="EmbeddingTableQuery.Languages"/>.</param>
    /// <param name="files">See <see cref="EmbeddingTableQuery.Files"/>.</param>
    /// <param name="count">How many languages are wanted at most.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Each language once, the first ones in the order of their characters.</returns>
    /// <exception cref="StoreException">The table cannot be read.</exception>
    public ValueTask<IReadOnlyList<string>> ListLanguagesAsync(
        IReadOnlyList<string> languages, IReadOnlyList<string> files, int count, CancellationToken cancellationToken = default) =>
        database.ListLanguagesAsync(languages, files, count, cancellationToken);

    private CodeMatch Match(EmbeddingRow row, CodeEmbedding question)
    {
        RequireComparable(question, row.ModelName, row.Fingerprint);
        return new CodeMatch
        {
            Score = Cosine.Of(question.Vector, row.Vector),
            Embedding = Parse(row),
            Index = Name,
            IndexLine = 0,
        };
    }

    private CodeEmbedding Parse(EmbeddingRow row)
    {
        var line = new ArrayBufferWriter<byte>();
        try
        {
            RowRecord.Write(line, row);
            return EmbeddingRecordParser.Parse(line.WrittenMemory[..^1].ToArray(), new RecordPlace(new SnippetSource(Name, 0)));
        }
        catch (Exception e) when (e is CodeEmbedException or InvalidDataException)
        {
            throw new IndexException(Name, $"one of its rows is no embedding: {e.Message}", e);
        }
    }

    private void RequireComparable(CodeEmbedding question, string modelName, string fingerprint)
    {
        if (fingerprint == question.Fingerprint)
            return;

        throw new IndexException(
            Name,
            $"its vectors were made by {IndexException.Describe(modelName, fingerprint)}, and the question's by "
            + $"{IndexException.Describe(question.ModelName, question.Fingerprint)}: they cannot be compared.");
    }
}
