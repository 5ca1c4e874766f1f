using System.Globalization;

namespace CodeEmbed.Extensions.AI;

/// <summary>A text cannot be embedded, so the call has no result.</summary>
/// <remarks>The other texts are fine unless the message says that several failed: a call without the text succeeds.</remarks>
public sealed class TextEmbeddingException : CodeEmbedException
{
    internal TextEmbeddingException(int index, int failed, CodeEmbedException reason)
        : base(Describe(index, failed, reason), reason) => Index = index;

    /// <inheritdoc/>
    public override string ErrorId => "EmbeddingError";

    /// <summary>The zero-based index of the text among the call's texts; if several failed, the index of the first.</summary>
    public int Index { get; }

    private static string Describe(int index, int failed, CodeEmbedException reason)
    {
        string why = reason is EmbeddingException embedding ? embedding.Reason : reason.Message;
        string rest = failed > 1 ? string.Create(CultureInfo.InvariantCulture, $" In its batch, {failed} failed.") : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"The text with the index {index} cannot be embedded: {why}{rest}");
    }
}
