using System.Text.Json;
using CodeEmbed.Hub.Names;

namespace CodeEmbed.Hub.Files;

/// <summary>The parts of a sentence-transformers model, which its <c>modules.json</c> names.</summary>
internal static class SentenceModules
{
    /// <summary>The file that names them.</summary>
    public const string FileName = "modules.json";

    private static readonly string[] WeightNames = ["model.safetensors", "pytorch_model.bin"];

    /// <summary>The files of the parts that lie in folders of their own.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="read">Opens <see cref="FileName"/>.</param>
    /// <exception cref="HubAnswerException">The file is not what it should be; the message says how.</exception>
    public static IReadOnlyList<string> FindFiles(IReadOnlySet<string> listing, Func<string, Stream> read) => RepositoryJson.Read(FileName, read, root =>
    {
        if (root.ValueKind != JsonValueKind.Array)
            throw new HubAnswerException($"its {FileName} holds no list. Give another model or revision.");

        var files = new List<string>();
        foreach (JsonElement module in root.EnumerateArray())
        {
            string folder = Text(module, "path"), type = Text(module, "type");
            if (folder.Length == 0)
                continue;

            if (!FileNameRule.IsPlainPath(folder))
                throw new HubAnswerException($"its {FileName} names the folder '{folder}', which is none of the repository. Nothing was fetched under that name.");

            if (listing.Contains($"{folder}/config.json"))
                files.Add($"{folder}/config.json");

            if (type.Split('.')[^1] == "Dense")
                files.Add(WeightNames.Select(name => $"{folder}/{name}").FirstOrDefault(listing.Contains) ?? $"{folder}/{WeightNames[0]}");
        }

        return files;
    });

    private static string Text(JsonElement module, string name) =>
        module.ValueKind == JsonValueKind.Object && module.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new HubAnswerException($"its {FileName} has a module without '{name}'. Give another model or revision.");
}
