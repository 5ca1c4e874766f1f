using System.Text.Json;

namespace CodeEmbed.Onnx.Tokenizers.PostProcessors;

/// <summary>
///   Puts the classifier's token before a text and the separator after it: <c>BertProcessing</c> and <c>RobertaProcessing</c> in
///   Hugging Face's tokenizers, which differ only for pairs of texts.
/// </summary>
/// <param name="classifierId">The id before every sequence.</param>
/// <param name="separatorId">The id after every sequence.</param>
internal sealed class ClassifierProcessing(int classifierId, int separatorId)
    : PostProcessor([classifierId], [separatorId]), IStage<PostProcessor>
{
    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["BertProcessing", "RobertaProcessing"];

    /// <inheritdoc/>
    public static PostProcessor Read(TokenizerJsonObject json) =>
        new ClassifierProcessing(ReadSpecialToken(json, "cls"), ReadSpecialToken(json, "sep"));

    /// <summary>A special token is a list with its content and its id.</summary>
    private static int ReadSpecialToken(TokenizerJsonObject json, string member)
    {
        JsonElement[] pair = [.. json.Array(member)];
        return pair is [{ ValueKind: JsonValueKind.String }, var id]
            ? TokenizerJsonObject.ReadId(id, $"the id in {json.NameOf(member)}")
            : throw new ModelFormatException($"{json.NameOf(member)} in {TokenizerJson.FileName} is not a token with its id.");
    }
}
