using System.Collections;
using System.Data;
using System.Management.Automation;
using System.Text.Json;
using System.Text.Json.Nodes;
using CodeEmbed.Formats;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>Describes an object that cannot be used, and what to write instead.</summary>
internal static class WrongObject
{
    private const string SplitDictionary = "A dictionary was split into its entries: give it as a whole, with -InputObject.";

    /// <summary>Describes the object and what is wanted.</summary>
    /// <param name="value">The object, without PowerShell's wrapping.</param>
    /// <param name="wanted">What is wanted.</param>
    public static string Describe(object? value, WantedObject wanted)
    {
        string name = Name(value);
        string problem = wanted switch
        {
            WantedObject.Snippet => $"{name} came through the pipeline, and it must be a CodeSnippet, a string with code, or an "
                + "object with id, file_path, language and content.",
            WantedObject.Embedding => $"{name} came through the pipeline, and it must be a CodeEmbedding.",
            WantedObject.Question => $"{name} is not a question, which is a text, a snippet, an embedding, or a result of "
                + "Find-CodeSnippet.",
            WantedObject.Vector => $"{name} is not an embedding, a result of Find-CodeSnippet, or an array of numbers.",
            _ => throw new ArgumentOutOfRangeException(nameof(wanted), wanted, null),
        };
        string? advice = wanted switch
        {
            WantedObject.Snippet => SnippetAdvice(value),
            WantedObject.Question => QuestionAdvice(value),
            _ when value is CodeSnippet or string => "ConvertTo-CodeEmbedding makes embeddings from snippets.",
            _ => null,
        };
        return advice is null ? problem : $"{problem} {advice}";
    }

    private static string Name(object? value)
    {
        if (value is null)
            return "$null";

        Type type = value.GetType();
        string name = type.Namespace == typeof(CodeSnippet).Namespace || type.FullName is null ? type.Name
            : type.IsGenericType ? LanguagePrimitives.ConvertTo<string>(type)
            : type.FullName;
        return $"{("AEIO".Contains(name[0], StringComparison.OrdinalIgnoreCase) ? "An" : "A")} {name}";
    }

    private static string? QuestionAdvice(object? value) => value switch
    {
        FileInfo => "Give its text: Get-Content -Raw.",
        float[] or double[] => "Give the text, or the embedding that has the vector.",
        IEnumerable => "Ask several questions through the pipeline: $questions | Find-CodeSnippet -Path index.jsonl.",
        _ => null,
    };

    private static string? SnippetAdvice(object? value) => value switch
    {
        null => null,
        DirectoryInfo => "Give the files in it, one by one.",
        FileInfo { Extension: ".jsonl" or ".json" or ".gz" or ".zst" or ".ndjson" } =>
            "Give it to Import-CodeSnippet, which reads the snippets in it.",
        FileInfo file when StoreFormat.Of(file.Name) is not null => "Give it to Import-CodeEmbedding, which reads embeddings.",
        FileInfo => "Give a file of JSON Lines to Import-CodeSnippet; for a file of code make an object: "
            + "[pscustomobject]@{ id = $_.Name; file_path = $_.FullName; language = 'python'; "
            + "content = Get-Content -Raw -LiteralPath $_.FullName }.",
        JsonElement or JsonDocument => "Make objects from it: $element.GetRawText() | ConvertFrom-Json -DateKind String.",
        JsonNode => "Make objects from it: $node.ToJsonString() | ConvertFrom-Json -DateKind String.",
        DataTable => "Write it before the pipe, so that its rows arrive one by one: $table | ConvertTo-CodeEmbedding.",
        string => null,
        DictionaryEntry => SplitDictionary,
        _ when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) =>
            SplitDictionary,
        IEnumerable => "It is a list that came as one object. Write it before the pipe, so that its elements arrive one by one: "
            + "$list | ConvertTo-CodeEmbedding.",
        _ => null,
    };
}
