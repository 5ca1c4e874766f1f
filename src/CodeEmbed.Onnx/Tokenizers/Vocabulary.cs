using System.Text.Json;
using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>Reads the tokens of a vocabulary and their ids.</summary>
internal static class Vocabulary
{
    /// <summary>Reads the vocabulary of a model in tokenizer.json.</summary>
    /// <exception cref="ModelFormatException">It is missing, or holds no tokens with ids.</exception>
    public static Dictionary<string, int> Read(TokenizerJsonObject model)
    {
        model.Object("vocab");
        Dictionary<string, int> vocabulary = Read(model.Find("vocab")!.Value, TokenizerJson.FileName);
        return vocabulary.Count > 0
            ? vocabulary
            : throw new ModelFormatException($"{model.NameOf("vocab")} holds no tokens in {TokenizerJson.FileName}.");
    }

    /// <summary>Reads a file with an object whose members are tokens with their ids.</summary>
    /// <exception cref="ModelFormatException">The file is damaged, an id is invalid, or two tokens have the same id.</exception>
    public static Dictionary<string, int> Read(string path) =>
        JsonFile.ReadObject(path, root => Read(root, Path.GetFileName(path)));

    /// <summary>Reads an object whose members are tokens with their ids.</summary>
    /// <exception cref="ModelFormatException">An id is invalid, or two tokens have the same id.</exception>
    private static Dictionary<string, int> Read(JsonElement root, string fileName)
    {
        var ids = new Dictionary<string, int>();
        var tokens = new Dictionary<int, string>();
        foreach (JsonProperty entry in root.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || id < 0)
            {
                throw new ModelFormatException(
                    $"the id of {MessageText.Quote(entry.Name)} is {MessageText.Shorten(entry.Value.GetRawText())} in "
                    + $"{fileName}.");
            }

            if (tokens.TryGetValue(id, out string? other) && other != entry.Name)
            {
                throw new ModelFormatException(
                    $"{MessageText.Quote(other)} and {MessageText.Quote(entry.Name)} have the same id, {id}, in {fileName}.");
            }

            ids[entry.Name] = id;
            tokens[id] = entry.Name;
        }

        return ids;
    }
}
