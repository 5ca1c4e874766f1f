using System.Collections;
using System.Globalization;
using System.Management.Automation;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>
///   Makes snippets from the objects of a pipeline: snippets, strings, and objects with the properties of a record.
/// </summary>
/// <param name="language">
///   The language of strings, and of objects without one; <see langword="null"/> if the user gave none.
/// </param>
/// <param name="isUntouched">
///   Whether nothing can have been added to a snippet since it was read: checking that takes longer than everything else.
/// </param>
internal sealed class SnippetInput(string? language, bool isUntouched = false)
{
    /// <summary>How many objects have arrived.</summary>
    public long Count { get; private set; }

    /// <summary>Whether Get-Content passed on a line of a file other than the first.</summary>
    public bool HasLines { get; private set; }

    private SnippetSource Place => PipelinePlace.Of(Count);

    /// <summary>Makes a snippet from the next object.</summary>
    /// <exception cref="SnippetValidationException">
    ///   The object is not a record, lacks a property, or a property has the wrong type.
    /// </exception>
    public CodeSnippet Next(PSObject? input)
    {
        Count++;
        if (isUntouched && input?.BaseObject is CodeSnippet untouched)
            return untouched;

        if (input is null || PlainValues.IsNull(input))
            throw new SnippetValidationException(WrongObject.Describe(null, WantedObject.Snippet), Place);

        return input.BaseObject switch
        {
            CodeSnippet snippet => WithPlainMetadata(RecordProperties.Take(snippet, Place)),
            CodeEmbedding { Snippet: not null } embedding => WithPlainMetadata(RecordProperties.Take(embedding, Place)),
            string text => FromText(input, text),
            PSCustomObject when ReturnedObject.IsEmbedding(input) => ReturnedObject.SnippetOf(input, Place),
            PSCustomObject when ReturnedObject.IsSnippet(input) => ReturnedObject.ToSnippet(input, Place, language),
            object value => FromRecord(input, value),
        };
    }

    /// <summary>Whether an object is of a kind that snippets are made from.</summary>
    public static bool Takes(PSObject? input) => input is not null && !PlainValues.IsNull(input)
        && (input.BaseObject is CodeSnippet or CodeEmbedding { Snippet: not null } or string or PSCustomObject
            || IsRecord(ObjectRecord.Of(input, input.BaseObject)));

    private static bool IsRecord(ObjectRecord record) =>
        record.MayBeRecord || record.Has(RecordSchema.NameOf(SnippetFields.Content));

    private static CodeSnippet WithPlainMetadata(CodeSnippet snippet) => snippet.IsAssigned(SnippetFields.Metadata)
        ? snippet.WithMetadata(PlainValues.Unwrap(snippet.Metadata) as IDictionary)
        : snippet;

    private CodeSnippet FromText(PSObject input, string text)
    {
        // Get-Content notes on each string which file it is from, and how many lines it has read.
        if (input.Properties["ReadCount"]?.Value is > 1L)
            HasLines = true;

        string path = input.Properties["PSPath"]?.Value as string ?? string.Empty;
        int provider = path.IndexOf("::", StringComparison.Ordinal);
        return new CodeSnippet
        {
            Id = Count.ToString(CultureInfo.InvariantCulture),
            FilePath = provider < 0 ? path : path[(provider + 2)..],
            Language = language ?? string.Empty,
            Content = text,
        };
    }

    /// <summary>Makes the record that the object would be in a file, and reads it as from a file.</summary>
    private CodeSnippet FromRecord(PSObject input, object value)
    {
        ObjectRecord record = ObjectRecord.Of(input, value);
        if (!IsRecord(record))
            throw new SnippetValidationException(WrongObject.Describe(value, WantedObject.Snippet), Place);

        return record.ToSnippet(language, Place);
    }
}
