using System.Collections;
using System.Data;
using System.Management.Automation;
using System.Text.Json;
using System.Text.Json.Nodes;
using CodeEmbed.Formats;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>Describes an object from a pipeline that cannot be used, and what to write instead.</summary>
internal static class WrongObject
{
    /// <summary>Describes the object and what is expected.</summary>
    /// <param name="value">The object, without PowerShell's wrapping.</param>
    /// <param name="expected">What is expected.</param>
    public static string Describe(object? value, Type expected)
    {
        string kinds = expected == typeof(CodeSnippet)
            ? "a CodeSnippet, a string with code, or an object with id, file_path, language and content"
            : $"a {expected.Name}";
        string problem = $"{Name(value)} came through the pipeline, and it must be {kinds}.";
        return Advice(value, expected) is { } advice ? $"{problem} {advice}" : problem;
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

    private static string? Advice(object? value, Type expected) => value switch
    {
        null => null,
        _ when expected == typeof(CodeEmbedding) => "ConvertTo-CodeEmbedding makes embeddings from snippets.",
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
        DictionaryEntry => "A dictionary was split into its entries: give it as a whole, with -InputObject.",
        _ when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) =>
            "A dictionary was split into its entries: give it as a whole, with -InputObject.",
        IEnumerable => "It is a list that came as one object. Write it before the pipe, so that its elements arrive one by one: "
            + "$list | ConvertTo-CodeEmbedding.",
        _ => null,
    };
}
