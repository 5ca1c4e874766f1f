using System.Management.Automation;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>
///   Snippets and embeddings that no longer have their classes, as returned by a job, another computer,
///   Import-Clixml or Select-Object.
/// </summary>
internal static class ReturnedObject
{
    /// <summary>Whether an object was an embedding.</summary>
    public static bool IsEmbedding(PSObject input) => Was(input, typeof(CodeEmbedding));

    /// <summary>Whether an object was a snippet.</summary>
    public static bool IsSnippet(PSObject input) => Was(input, typeof(CodeSnippet));

    /// <summary>
    ///   The embedding that an object is or was, with added properties; <see langword="null"/> for any other object.
    /// </summary>
    /// <param name="input">The object.</param>
    /// <param name="place">Its place, for an error.</param>
    /// <exception cref="SnippetValidationException">A property is missing or has the wrong type.</exception>
    public static CodeEmbedding? FindEmbedding(PSObject? input, SnippetSource place)
    {
        switch (input?.BaseObject)
        {
            case CodeEmbedding { Snippet: { } snippet } embedding:
                CodeSnippet taken = RecordProperties.Take(embedding, place);
                return taken == snippet ? embedding : embedding.With(taken);
            case CodeEmbedding incomplete:
                return incomplete;
            case PSCustomObject when IsEmbedding(input):
                return ToEmbedding(input, place);
            default:
                return null;
        }
    }

    /// <summary>The snippet of an object that was an embedding.</summary>
    /// <exception cref="SnippetValidationException">It was lost, or is not valid.</exception>
    public static CodeSnippet SnippetOf(PSObject embedding, SnippetSource place)
    {
        object? value = embedding.Properties[nameof(CodeEmbedding.Snippet)]?.Value;
        PSObject? snippet = value is null ? null : PSObject.AsPSObject(value);
        IEnumerable<PSPropertyInfo> added = embedding.Properties
            .Where(property => !RecordProperties.IsOfEmbedding(property.Name) && !RecordProperties.IsOfTransport(property));
        switch (snippet?.BaseObject)
        {
            case CodeSnippet live:
                return RecordProperties.Change(live, added, place);
            case PSCustomObject when IsSnippet(snippet):
                HashSet<string> names = new(added.Select(property => property.Name), StringComparer.OrdinalIgnoreCase);
                return ToSnippet([.. OwnProperties(snippet).Where(property => !names.Contains(property.Name)), .. added], place);
            default:
                throw new SnippetValidationException(
                    "An embedding came through the pipeline without its snippet. Keep the property Snippet; "
                    + "if the embedding was serialized, use -Depth 2 or more.",
                    place);
        }
    }

    /// <summary>The snippet that an object was.</summary>
    /// <exception cref="SnippetValidationException">It is not valid.</exception>
    public static CodeSnippet ToSnippet(PSObject input, SnippetSource place, string? language = null) =>
        ToSnippet([.. OwnProperties(input)], place, language);

    private static CodeSnippet ToSnippet(IEnumerable<PSPropertyInfo> properties, SnippetSource place, string? language = null) =>
        ObjectRecord.Of(properties, mayBeRecord: true).ToSnippet(language, place, contentMayBeLeftOut: true);

    /// <summary>The properties of an object that was a snippet, except its place and those that were not set.</summary>
    private static IEnumerable<PSPropertyInfo> OwnProperties(PSObject snippet) => snippet.Properties.Where(property =>
        !RecordProperties.IsOfTransport(property)
        && !property.Name.Equals(nameof(CodeSnippet.Source), StringComparison.OrdinalIgnoreCase)
        && !(RecordNames.Find(property.Name) is not null && PlainValues.IsNull(property.Value)));

    private static CodeEmbedding ToEmbedding(PSObject input, SnippetSource place)
    {
        CodeSnippet snippet = SnippetOf(input, place);
        return new CodeEmbedding
        {
            Snippet = snippet,
            Vector = Get<float[]>(nameof(CodeEmbedding.Vector), RecordSchema.Vector),
            ModelName = Get<string>(nameof(CodeEmbedding.ModelName), RecordSchema.ModelName),
            Precision = Get<EmbeddingPrecision>(nameof(CodeEmbedding.Precision), RecordSchema.Precision),
            Normalized = Get<bool>(nameof(CodeEmbedding.Normalized), RecordSchema.Normalized),
            TokenCount = Get<int>(nameof(CodeEmbedding.TokenCount), RecordSchema.TokenCount),
            TruncatedTokens = Get<int>(nameof(CodeEmbedding.TruncatedTokens), RecordSchema.TruncatedTokens),
            Windows = PlainValues.IsNull(input.Properties[nameof(CodeEmbedding.Windows)]?.Value)
                ? null
                : Get<int>(nameof(CodeEmbedding.Windows), RecordSchema.Windows),
            Fingerprint = Get<string>(nameof(CodeEmbedding.Fingerprint), RecordSchema.Fingerprint),
        };

        T Get<T>(string name, string recordName)
        {
            object? value = input.Properties[name]?.Value;
            if (PlainValues.IsNull(value))
                throw new SnippetValidationException(recordName, SnippetValidationException.Missing, place, snippet.Id);

            // Numbers are converted one by one: a float that was serialized comes back as the same float.
            return LanguagePrimitives.TryConvertTo(value, out T result)
                ? result
                : throw new SnippetValidationException(recordName, $"cannot be made a {typeof(T).Name}", place, snippet.Id);
        }
    }

    // Such as Deserialized.CodeEmbed.CodeSnippet and Selected.CodeEmbed.CodeSnippet.
    private static bool Was(PSObject input, Type type) =>
        input.TypeNames.Any(name => name.EndsWith($".{type.FullName}", StringComparison.Ordinal));
}
