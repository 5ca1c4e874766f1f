using System.Globalization;

namespace CodeEmbed.Extensions.AI;

/// <summary>A text of a call cannot be embedded, so that the call has no result.</summary>
/// <remarks>The other texts are in order, unless the message says that others failed: a call without the text succeeds.</remarks>
public sealed class TextEmbeddingException : CodeEmbedException
{
    internal TextEmbeddingException(int index, int failed, CodeEmbedException reason)
        : base(Describe(index, failed, reason), reason) => Index = index;

    /// <inheritdoc/>
    public override string ErrorId => "EmbeddingError";

    /// <summary>The index of the text in the call's texts, from 0 on; where several failed, of the first.</summary>
    public int Index { get; }

    private static string Describe(int index, int failed, CodeEmbedException reason)
    {
        string why = reason is EmbeddingException embedding ? embedding.Reason : reason.Message;
        string rest = failed > 1 ? string.Create(CultureInfo.InvariantCulture, $" Of its batch {failed} failed.") : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"The text with the index {index} cannot be embedded: {why}{rest}");
    }
}
