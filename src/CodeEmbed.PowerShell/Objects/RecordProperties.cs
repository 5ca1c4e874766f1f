using System.Management.Automation;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>
///   The properties of snippets and embeddings besides those of their classes: those of their records, which are shown, and those
///   that a user added or changed, which go into the record.
/// </summary>
internal static class RecordProperties
{
    // The names that PowerShell gives every object.
    private static readonly HashSet<string> Hidden = new(
        ["psobject", "psbase", "psadapted", "psextended", "pstypenames"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> SnippetMembers = Members(typeof(CodeSnippet));
    private static readonly HashSet<string> EmbeddingMembers = Members(typeof(CodeEmbedding));

    // The properties that PowerShell adds to objects that come from jobs and other computers.
    private static readonly HashSet<string> Transport =
        new(StringComparer.OrdinalIgnoreCase) { "PSComputerName", "PSShowComputerName", "RunspaceId", "PSSourceJobInstanceId" };

    /// <summary>A snippet with the other properties of its record as PowerShell properties.</summary>
    public static object Show(CodeSnippet snippet) => Show(snippet, snippet.Record, SnippetMembers);

    /// <summary>An embedding, and its snippet, with the other properties of its record as PowerShell properties.</summary>
    public static object Show(CodeEmbedding embedding)
    {
        Show(embedding.Snippet);
        return Show(embedding, embedding.Snippet.Record, EmbeddingMembers);
    }

    /// <summary>A JSON record as an object, whose properties are read when they are first asked for.</summary>
    public static PSObject ShowAll(SnippetRecord record)
    {
        var shown = new PSObject();
        foreach (RawProperty property in record.Properties)
        {
            string name = record.ReadName(property);
            if (name.Length == 0 || Hidden.Contains(name))
                continue;

            // As everywhere, the last one counts if a name occurs twice; PowerShell's names are not case-sensitive.
            if (shown.Properties[name] is not null)
                shown.Properties.Remove(name);

            shown.Properties.Add(new RecordProperty(name, record, property));
        }

        return shown;
    }

    /// <summary>Whether a property is PowerShell's own, and says only where an object came from.</summary>
    public static bool IsOfTransport(PSPropertyInfo property) => Transport.Contains(property.Name);

    /// <summary>Whether a name is that of a property of <see cref="CodeEmbedding"/>.</summary>
    public static bool IsOfEmbedding(string name) => EmbeddingMembers.Contains(name);

    /// <summary>The snippet with properties that were added or changed.</summary>
    /// <exception cref="SnippetValidationException">A property cannot be read or written, or has the wrong type.</exception>
    public static CodeSnippet Take(CodeSnippet snippet, SnippetSource place) =>
        Take(PSObject.AsPSObject(snippet), snippet, place);

    /// <summary>
    ///   The snippet of an embedding with properties that were added or changed, first its own and then the embedding's.
    /// </summary>
    /// <exception cref="SnippetValidationException">A property cannot be read or written, or has the wrong type.</exception>
    public static CodeSnippet Take(CodeEmbedding embedding, SnippetSource place) =>
        Take(PSObject.AsPSObject(embedding), Take(embedding.Snippet, place), place);

    /// <summary>The snippet with these properties in its record; if it has one of the same name, that is replaced.</summary>
    /// <exception cref="SnippetValidationException">A property cannot be read or written, or has the wrong type.</exception>
    public static CodeSnippet Change(CodeSnippet snippet, IEnumerable<PSPropertyInfo> properties, SnippetSource place)
    {
        Dictionary<string, object?>? changes = null;
        foreach (PSPropertyInfo property in properties)
        {
            string name = RecordNames.Find(property.Name) ?? property.Name;
            changes ??= [];
            changes[name] = RecordValues.Read(name, () => property.Value, snippet.Source ?? place);
        }

        return changes is null ? snippet : ChangedRecord.Make(snippet, changes, place);
    }

    private static CodeSnippet Take(PSObject input, CodeSnippet snippet, SnippetSource place)
    {
        // Left out are the properties of the class, which the snippet has itself, and those of PowerShell's type data, which were
        // not added to this object.
        return Change(
            snippet,
            input.Properties.Where(property => property.MemberType != PSMemberTypes.Property && property.IsInstance
                && property is not RecordProperty { IsChanged: false } && !IsOfTransport(property)),
            place);
    }

    private static object Show(object shown, SnippetRecord record, HashSet<string> members)
    {
        PSObject? wrapped = null;
        foreach (RawProperty property in record.Properties)
        {
            if (property.Field is not (SnippetFields.None or SnippetFields.ContentDigest))
                continue;

            string name = record.ReadName(property);
            if (name.Length == 0 || members.Contains(name))
                continue;

            wrapped ??= PSObject.AsPSObject(shown);

            // As everywhere, the last one counts if a name occurs twice. An object may also have been shown before.
            if (wrapped.Properties[name] is not null)
                wrapped.Properties.Remove(name);

            wrapped.Properties.Add(new RecordProperty(name, record, property));
        }

        return wrapped ?? shown;
    }

    // The names that a property of a record would hide: those of the class, and those that PowerShell gives every object.
    private static HashSet<string> Members(Type type) => new(
        type.GetProperties().Select(property => property.Name).Concat(Hidden), StringComparer.OrdinalIgnoreCase);
}
