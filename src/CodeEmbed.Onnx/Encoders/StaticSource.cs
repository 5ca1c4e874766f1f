using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tensors;
using CodeEmbed.Onnx.Tokenizers;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>
///   A static model: a table with a vector for each token, which are averaged; <c>StaticModel</c> in Model2Vec, and
///   <c>StaticEmbedding</c> in sentence-transformers.
/// </summary>
internal sealed class StaticSource : IEncoderSource
{
    private readonly Checkpoint _checkpoint;
    private readonly StaticTable _table;

    private StaticSource(Checkpoint checkpoint, StaticTable table) => (_checkpoint, _table) = (checkpoint, table);

    /// <inheritdoc/>
    public int? MaxLength => null;

    /// <inheritdoc/>
    public int? VocabularySize => _table.VocabularySize;

    /// <inheritdoc/>
    public string? ProcessorOnly => "a static model is a table, and runs only on the processor";

    /// <inheritdoc/>
    public EncodingRule Rule => _table.IsModel2Vec ? EncodingRule.Model2Vec : EncodingRule.Plain;

    /// <summary>Opens the checkpoint of a static model.</summary>
    /// <exception cref="ModelFormatException">It is missing or not valid.</exception>
    public static StaticSource Open(ModelFolder folder)
    {
        Checkpoint checkpoint = Checkpoint.Open(folder);
        try
        {
            return new StaticSource(checkpoint, StaticTable.Read(checkpoint));
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>The length of the vectors of a static model, and the rule by which its texts are encoded.</summary>
    /// <exception cref="ModelFormatException">Its checkpoint is missing or not valid.</exception>
    public static (int Width, EncodingRule Rule) Inspect(ModelFolder folder)
    {
        using StaticSource source = Open(folder);
        return (source._table.Width, source.Rule);
    }

    /// <inheritdoc/>
    public string Describe() => _table.IsModel2Vec ? "static: Model2Vec" : "static: StaticEmbedding";

    /// <inheritdoc/>
    public void VisitParameters(Action<string> takeName, BytesVisitor takeBytes, CancellationToken cancellationToken) =>
        _table.Visit(takeName, takeBytes, cancellationToken);

    /// <inheritdoc/>
    public IEncoder Create(ExecutionProvider provider, CancellationToken cancellationToken) => new StaticEncoder(_table);

    /// <inheritdoc/>
    public Int8Encoder CreateInt8(long[] calibration, CancellationToken cancellationToken) => throw new EmbeddingOptionException(
        nameof(EmbeddingServiceOptions.Precision),
        "Int8",
        "is not available: this model is a static one, and has no matrices to multiply.",
        "Use the precision Float32.");

    /// <inheritdoc/>
    public void Dispose() => _checkpoint.Dispose();
}
