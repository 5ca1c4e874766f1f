using System.Text.Json;
using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Tokenizers.PostProcessors;

/// <summary>Puts any special tokens before and after a text: <c>TemplateProcessing</c> in Hugging Face's tokenizers.</summary>
/// <param name="startIds">The ids before every sequence.</param>
/// <param name="endIds">The ids after every sequence.</param>
internal sealed class TemplateProcessing(IReadOnlyList<int> startIds, IReadOnlyList<int> endIds)
    : PostProcessor(startIds, endIds), IStage<PostProcessor>
{
    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["TemplateProcessing"];

    /// <inheritdoc/>
    public static PostProcessor Read(TokenizerJsonObject json)
    {
        TokenizerJsonObject specialTokens = json.Object("special_tokens");
        List<int> start = [], end = [];
        bool afterText = false;
        foreach (TokenizerJsonObject piece in json.Objects("single"))
        {
            if (piece.FindObject("SpecialToken") is { } token)
            {
                CheckType(token);
                string each = $"an id of {MessageText.Quote(token.String("id"))} in {json.NameOf("special_tokens")}";
                IEnumerable<JsonElement> ids = specialTokens.Object(token.String("id")).Array("ids");
                (afterText ? end : start).AddRange(ids.Select(id => TokenizerJsonObject.ReadId(id, each)));
            }
            else if (!afterText && piece.FindObject("Sequence") is { } sequence && sequence.String("id") == "A")
            {
                CheckType(sequence);
                afterText = true;
            }
            else
            {
                throw new ModelFormatException(
                    $"{json.NameOf("single")} holds more than special tokens and the sequence A, once, in "
                    + $"{TokenizerJson.FileName}.");
            }
        }

        return afterText
            ? new TemplateProcessing(start, end)
            : throw new ModelFormatException($"{json.NameOf("single")} lacks the sequence A in {TokenizerJson.FileName}.");

        static void CheckType(TokenizerJsonObject piece)
        {
            if (piece.Id("type_id") != 0)
            {
                throw new ModelFormatException(
                    $"{piece.NameOf("type_id")} is not 0 in {TokenizerJson.FileName}; token types are not supported.");
            }
        }
    }
}
